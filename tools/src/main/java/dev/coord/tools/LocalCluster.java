package dev.coord.tools;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The servers of {@code coord cluster} while it runs: starts them, tells what becomes of them, stops them. Only ever touches
 * processes that it started. {@link #stop()} may be called from another thread, once more than needed, too.
 */
final class LocalCluster {

    private static final int POLL_MILLIS = 200;
    private static final int ASK_MILLIS_MAX = 1_000;

    private final List<ClusterMember> members;
    private final PrintWriter out;
    // Filled by start, before anybody else looks; never changed after.
    private final Map<ClusterMember, ServerProcess> processes = new LinkedHashMap<>();
    // Both are the watching thread's alone.
    private final Set<ClusterMember> ended = new HashSet<>();
    private @Nullable String leader;
    // Written by whoever stops it, read by the watching thread.
    private volatile boolean stopping;

    LocalCluster(List<ClusterMember> members, PrintWriter out) {
        this.members = members;
        this.out = out;
    }

    synchronized void start() {
        for (ClusterMember member : members) {
            if (stopping) {
                return;
            }
            ServerProcess process = ServerProcess.start(member.configFile(), member.logFile());
            processes.put(member, process);
            say("%s  pid %d  HTTP http://%s  gRPC %s  log %s"
                    .formatted(
                            member.name(),
                            process.pid(),
                            member.httpAddress(),
                            member.grpcAddress(),
                            member.logFile()));
        }
        say("Waiting for a leader ...");
    }

    /** Tells of leaders and of servers that end, until none is left or the cluster is stopped. */
    void watch() throws InterruptedException {
        while (!stopping && ended.size() < members.size()) {
            processes.forEach((member, process) -> {
                if (!process.isAlive() && !stopping && ended.add(member)) {
                    tellEnd(member, process);
                }
            });
            tellLeader();
            Thread.sleep(POLL_MILLIS);
        }
        if (!stopping) {
            say("No server is left.");
        }
    }

    private void tellEnd(ClusterMember member, ServerProcess process) {
        say("%s (pid %d) ended with status %d; the others go on. Start it again with:"
                .formatted(member.name(), process.pid(), process.exitStatus()));
        say("  %s agent -config-file %s".formatted(ServerRun.launcher(), member.configFile()));
        say("  (what it said last: tail %s)".formatted(member.logFile()));
    }

    private void tellLeader() {
        for (ClusterMember member : members) {
            String answer = leaderSeenBy(member);
            if (!answer.isEmpty()) {
                if (!answer.equals(leader)) {
                    boolean first = leader == null;
                    leader = answer;
                    say("%s leads.".formatted(nameOf(answer)));
                    if (first) {
                        tellWhatToTry();
                    }
                }
                return;
            }
        }
    }

    private void tellWhatToTry() {
        String addresses = String.join(
                ",", members.stream().map(ClusterMember::grpcAddress).toList());
        say("Try in another terminal:");
        say("  %s members --address %s".formatted(ServerRun.launcher(), addresses));
        say("  %s kv put greeting hello --address %s".formatted(ServerRun.launcher(), addresses));
        say("  curl 'http://%s/v1/kv/greeting?raw'"
                .formatted(members.get(members.size() - 1).httpAddress()));
        say("Ctrl-C stops all of them.");
    }

    private String nameOf(String raftAddress) {
        return members.stream()
                .filter(member -> member.raftAddress().equals(raftAddress))
                .findFirst()
                .map(ClusterMember::name)
                .orElse(raftAddress);
    }

    /** Empty: it does not answer, or knows none. */
    private static String leaderSeenBy(ClusterMember member) {
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create("http://" + member.httpAddress() + "/v1/status/leader")
                            .toURL()
                            .openConnection();
            connection.setConnectTimeout(ASK_MILLIS_MAX);
            connection.setReadTimeout(ASK_MILLIS_MAX);
            try (InputStream in = connection.getInputStream()) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                        .replace("\"", "")
                        .strip();
            }
        } catch (IOException e) {
            return "";
        }
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }

    /** Stops all servers that still run and waits for their end. */
    void stop() {
        stopping = true;
        synchronized (this) {
            boolean any = processes.values().stream().anyMatch(ServerProcess::isAlive);
            if (any) {
                say("Stopping.");
            }
            processes.values().forEach(ServerProcess::stop);
            processes.values().forEach(ServerProcess::awaitStop);
            if (any) {
                say("Stopped.");
            }
        }
    }
}
