package dev.coord.tools;

import java.util.Locale;

/**
 * What one server has done between two looks at its metrics.
 *
 * @param role leader, follower, or without: a server that knows of no leader
 * @param writesPerSecond commands that clients brought to this server
 * @param commitP99 seconds; of those commands, from being taken to being answered
 * @param syncP99 seconds; of the log's syncs
 * @param applyP99 seconds; of batches applied to the state
 * @param queue commands that wait for their turn, and those in the log's hands
 * @param watchers open subscriptions and waiting queries
 * @param lagP99 seconds that events were behind
 * @param heapBytesCommitted what the JVM has taken of the machine for it
 * @param diskFreeBytes on the data directory's disk
 * @param diskLow writes are refused for want of room
 */
record TopRow(
        String role,
        long term,
        long commitIndex,
        long appliedIndex,
        double writesPerSecond,
        double commitP99,
        double syncP99,
        double applyP99,
        long queue,
        long watchers,
        double lagP99,
        long heapBytes,
        long heapBytesCommitted,
        long diskFreeBytes,
        boolean diskLow) {

    static final String[] HEADINGS = {
        "SERVER",
        "ROLE",
        "TERM",
        "COMMIT",
        "APPLIED",
        "WRITES/S",
        "COMMIT99",
        "SYNC99",
        "APPLY99",
        "QUEUE",
        "WATCHERS",
        "LAG99",
        "HEAP",
        "DISK FREE"
    };

    private static final String HEAP = "area=\"heap\"";

    static TopRow between(MetricsText before, MetricsText now, double seconds) {
        double commands = now.sum("coord_commit_seconds_count") - before.sum("coord_commit_seconds_count");
        return new TopRow(
                role(now),
                (long) now.sum("coord_raft_term"),
                (long) now.sum("coord_raft_commit_index"),
                (long) now.sum("coord_raft_applied_index"),
                Math.max(0, commands) / seconds,
                now.p99Since(before, "coord_commit_seconds"),
                now.p99Since(before, "coord_log_sync_seconds"),
                now.p99Since(before, "coord_apply_seconds"),
                (long) (now.sum("coord_write_queue_depth") + now.sum("coord_write_proposed")),
                (long) (now.sum("coord_hub_subscriptions") + now.sum("coord_hub_waiters")),
                now.sum("coord_signal_event_lag_p99_seconds"),
                (long) now.sum("jvm_memory_used_bytes", HEAP),
                (long) now.sum("jvm_memory_committed_bytes", HEAP),
                (long) now.sum("coord_disk_free_bytes"),
                now.sum("coord_disk_low") > 0);
    }

    private static String role(MetricsText now) {
        if (!now.has("coord_raft_leader")) {
            return "agent";
        }
        if (now.sum("coord_raft_leader") > 0) {
            return "leader";
        }
        return now.sum("coord_raft_leader_known") > 0 ? "follower" : "without";
    }

    String[] cells(String name) {
        return new String[] {
            name,
            role,
            Long.toString(term),
            Long.toString(commitIndex),
            Long.toString(appliedIndex),
            String.format(Locale.ROOT, "%.0f", writesPerSecond),
            time(commitP99),
            time(syncP99),
            time(applyP99),
            Long.toString(queue),
            Long.toString(watchers),
            time(lagP99),
            bytes(heapBytes) + "/" + bytes(heapBytesCommitted),
            bytes(diskFreeBytes) + (diskLow ? " LOW" : "")
        };
    }

    void write(JsonText json) {
        json.put("role", role)
                .put("term", term)
                .put("commit_index", commitIndex)
                .put("applied_index", appliedIndex)
                .put("writes_per_second", writesPerSecond)
                .put("commit_p99_seconds", commitP99)
                .put("sync_p99_seconds", syncP99)
                .put("apply_p99_seconds", applyP99)
                .put("queue", queue)
                .put("watchers", watchers)
                .put("event_lag_p99_seconds", lagP99)
                .put("heap_used_bytes", heapBytes)
                .put("heap_committed_bytes", heapBytesCommitted)
                .put("disk_free_bytes", diskFreeBytes)
                .put("disk_low", diskLow);
    }

    private static String time(double seconds) {
        if (!(seconds > 0)) {
            return "-";
        }
        double millis = seconds * 1e3;
        return String.format(Locale.ROOT, millis < 10 ? "%.2fms" : "%.0fms", millis);
    }

    private static String bytes(long bytes) {
        double megabytes = bytes / 1048576.0;
        return megabytes < 10_240
                ? String.format(Locale.ROOT, "%.0fM", megabytes)
                : String.format(Locale.ROOT, "%.0fG", megabytes / 1024);
    }
}
