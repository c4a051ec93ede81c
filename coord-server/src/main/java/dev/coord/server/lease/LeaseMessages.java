package dev.coord.server.lease;

import dev.coord.api.raft.v1.LeaseRequest;
import dev.coord.api.raft.v1.LeaseResponse;
import dev.coord.api.v1.HeartbeatRequest;
import dev.coord.api.v1.HeartbeatResponse;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.command.Leases.Beat;
import dev.coord.server.command.Leases.BeatResult;
import java.util.List;

/** Between the records of {@code Leases} and what servers send each other. */
final class LeaseMessages {

    private LeaseMessages() {}

    static LeaseRequest renewal(String sessionId) {
        return LeaseRequest.newBuilder().setRenewSession(sessionId).build();
    }

    static LeaseRequest heartbeat(List<Beat> beats) {
        HeartbeatRequest.Builder request = HeartbeatRequest.newBuilder();
        for (Beat beat : beats) {
            request.addBeatsBuilder()
                    .setNode(beat.node())
                    .setCheckId(beat.checkId())
                    .setStatus(
                            switch (beat.status()) {
                                case PASSING -> dev.coord.api.v1.CheckStatus.CHECK_STATUS_PASSING;
                                case WARNING -> dev.coord.api.v1.CheckStatus.CHECK_STATUS_WARNING;
                                case CRITICAL -> dev.coord.api.v1.CheckStatus.CHECK_STATUS_CRITICAL;
                            })
                    .setOutput(CheckOutput.limited(beat.output()));
        }
        return LeaseRequest.newBuilder().setHeartbeat(request).build();
    }

    static List<Beat> beats(HeartbeatRequest request) {
        return request.getBeatsList().stream()
                .map(beat -> new Beat(beat.getNode(), beat.getCheckId(), status(beat.getStatus()), beat.getOutput()))
                .toList();
    }

    private static CheckStatus status(dev.coord.api.v1.CheckStatus status) {
        return switch (status) {
            case CHECK_STATUS_PASSING -> CheckStatus.PASSING;
            case CHECK_STATUS_WARNING -> CheckStatus.WARNING;
            case CHECK_STATUS_CRITICAL, CHECK_STATUS_UNSPECIFIED, UNRECOGNIZED -> CheckStatus.CRITICAL;
        };
    }

    static LeaseResponse renewed(boolean found) {
        return LeaseResponse.newBuilder().setSessionFound(found).build();
    }

    static LeaseResponse results(List<BeatResult> results) {
        HeartbeatResponse.Builder response = HeartbeatResponse.newBuilder();
        for (BeatResult result : results) {
            response.addResults(
                    switch (result) {
                        case OK -> dev.coord.api.v1.BeatResult.BEAT_RESULT_OK;
                        case UNKNOWN_CHECK -> dev.coord.api.v1.BeatResult.BEAT_RESULT_UNKNOWN_CHECK;
                        case NOT_TTL -> dev.coord.api.v1.BeatResult.BEAT_RESULT_NOT_TTL;
                    });
        }
        return LeaseResponse.newBuilder().setHeartbeat(response).build();
    }

    static LeaseResponse error(Throwable failure) {
        return LeaseResponse.newBuilder()
                .setError(String.valueOf(failure.getMessage()))
                .build();
    }

    static boolean found(LeaseResponse response) {
        return checked(response).getSessionFound();
    }

    static List<BeatResult> results(LeaseResponse response) {
        return checked(response).getHeartbeat().getResultsList().stream()
                .map(result -> switch (result) {
                    case BEAT_RESULT_OK -> BeatResult.OK;
                    case BEAT_RESULT_NOT_TTL -> BeatResult.NOT_TTL;
                    case BEAT_RESULT_UNKNOWN_CHECK, BEAT_RESULT_UNSPECIFIED, UNRECOGNIZED -> BeatResult.UNKNOWN_CHECK;
                })
                .toList();
    }

    private static LeaseResponse checked(LeaseResponse response) {
        if (!response.getError().isEmpty()) {
            throw new ConsensusException(ConsensusException.Reason.NO_LEADER, response.getError());
        }
        return response;
    }
}
