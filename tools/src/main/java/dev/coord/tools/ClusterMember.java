package dev.coord.tools;

import java.nio.file.Path;

/**
 * One server of {@code coord cluster}.
 *
 * @param configFile what it is started with
 * @param logFile where its output goes
 */
record ClusterMember(
        String name, Path configFile, Path logFile, int httpPort, int grpcPort, int raftPort, int dnsPort) {

    String httpAddress() {
        return "127.0.0.1:" + httpPort;
    }

    String grpcAddress() {
        return "127.0.0.1:" + grpcPort;
    }

    String raftAddress() {
        return "127.0.0.1:" + raftPort;
    }
}
