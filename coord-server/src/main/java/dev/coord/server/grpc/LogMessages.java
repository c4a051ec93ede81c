package dev.coord.server.grpc;

import dev.coord.api.v1.Latency;
import dev.coord.api.v1.LogBeside;
import dev.coord.api.v1.LogFigures;
import dev.coord.api.v1.LogOutcome;
import dev.coord.api.v1.LogPhase;
import dev.coord.api.v1.LogPurpose;
import dev.coord.api.v1.LogResult;
import dev.coord.api.v1.LogStatusResponse;
import dev.coord.server.log.BuildOutcome;
import dev.coord.server.log.BuildProgress;
import dev.coord.server.log.LogStatus;
import dev.coord.wal.LatencyHistogram;
import dev.coord.wal.LogStats;

/** A log's status as messages of {@code coord.v1}. */
final class LogMessages {

    private LogMessages() {}

    static LogStatusResponse status(String server, LogStatus status) {
        LogStatusResponse.Builder message = LogStatusResponse.newBuilder()
                .setServer(server)
                .setBackend(status.backend())
                .setDirectory(status.directory())
                .setFirstIndex(status.firstIndex())
                .setNextIndex(status.nextIndex())
                .setFigures(figures(status.stats()))
                .setRecentAppends(latency(status.recentAppends()));
        BuildProgress beside = status.beside();
        if (beside != null) {
            message.setBeside(beside(beside));
        }
        status.outcomes().forEach(outcome -> message.addOutcomes(outcome(outcome)));
        return message.build();
    }

    private static LogFigures figures(LogStats stats) {
        return LogFigures.newBuilder()
                .setLiveBytes(stats.liveBytes())
                .setFileBytes(stats.fileBytes())
                .setFreeBytes(stats.freeBytes())
                .setFreeListEntries(stats.freeListEntries())
                .setFreeListBytes(stats.freeListBytes())
                .setProposedBytes(stats.proposedBytes())
                .setSyncedBytes(stats.syncedBytes())
                .setSyncs(latency(stats.syncLatency()))
                .build();
    }

    private static Latency latency(LatencyHistogram latency) {
        if (latency.count() == 0) {
            return Latency.getDefaultInstance();
        }
        return Latency.newBuilder()
                .setCount(latency.count())
                .setP50Nanos(latency.percentileNanos(50))
                .setP99Nanos(latency.percentileNanos(99))
                .setMaxNanos(latency.maxNanos())
                .build();
    }

    private static LogBeside beside(BuildProgress beside) {
        return LogBeside.newBuilder()
                .setPurpose(purpose(beside.purpose()))
                .setBackend(beside.backend())
                .setPhase(phase(beside.phase()))
                .setEntriesBehind(beside.entriesBehind())
                .setCopiedNext(beside.copiedNext())
                .setComparedFirst(beside.comparedFirst())
                .setComparedNext(beside.comparedNext())
                .setLogChecksum(beside.logChecksum())
                .setBesideChecksum(beside.besideChecksum())
                .setAppends(latency(beside.appendLatency()))
                .setSyncs(latency(beside.syncLatency()))
                .setProgress(beside.share())
                .setSeconds(beside.seconds())
                .build();
    }

    private static LogOutcome outcome(BuildOutcome outcome) {
        return LogOutcome.newBuilder()
                .setPurpose(purpose(outcome.purpose()))
                .setFromBackend(outcome.from())
                .setToBackend(outcome.to())
                .setResult(result(outcome.result()))
                .setMessage(outcome.message())
                .setBegunMillis(outcome.begun().toEpochMilli())
                .setSeconds(outcome.seconds())
                .setEntries(outcome.entries())
                .setFileBytesBefore(outcome.fileBytesBefore())
                .setFileBytesAfter(outcome.fileBytesAfter())
                .setDifferentIndex(outcome.differentIndex())
                .build();
    }

    private static LogPurpose purpose(BuildProgress.Purpose purpose) {
        return switch (purpose) {
            case COMPACT -> LogPurpose.LOG_PURPOSE_COMPACT;
            case SHADOW -> LogPurpose.LOG_PURPOSE_SHADOW;
        };
    }

    private static LogPhase phase(BuildProgress.Phase phase) {
        return switch (phase) {
            case COPYING -> LogPhase.LOG_PHASE_COPYING;
            case COMPARING -> LogPhase.LOG_PHASE_COMPARING;
            case FOLLOWING -> LogPhase.LOG_PHASE_FOLLOWING;
            case RETIRING -> LogPhase.LOG_PHASE_RETIRING;
        };
    }

    private static LogResult result(BuildOutcome.Result result) {
        return switch (result) {
            case TOOK_OVER -> LogResult.LOG_RESULT_TOOK_OVER;
            case STOPPED -> LogResult.LOG_RESULT_STOPPED;
            case DIFFERENT -> LogResult.LOG_RESULT_DIFFERENT;
            case FELL_BEHIND -> LogResult.LOG_RESULT_FELL_BEHIND;
            case FAILED -> LogResult.LOG_RESULT_FAILED;
        };
    }
}
