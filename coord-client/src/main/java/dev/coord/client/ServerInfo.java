package dev.coord.client;

import dev.coord.api.v1.Member;

/**
 * A server of the cluster. Immutable.
 *
 * @param grpcAddress host:port; empty while unknown, as is the HTTP address
 * @param voter false: it receives the log but does not count for a majority
 * @param alive heard of within the failure threshold
 */
public record ServerInfo(
        String name,
        String raftAddress,
        String grpcAddress,
        String httpAddress,
        boolean leader,
        boolean voter,
        boolean alive) {

    static ServerInfo of(Member message) {
        return new ServerInfo(
                message.getName(),
                message.getRaftAddress(),
                message.getGrpcAddress(),
                message.getHttpAddress(),
                message.getLeader(),
                message.getVoter(),
                message.getAlive());
    }
}
