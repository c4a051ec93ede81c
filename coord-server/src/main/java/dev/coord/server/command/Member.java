package dev.coord.server.command;

import dev.coord.server.command.ClusterView.Server;

/**
 * A member of the cluster, present or past.
 *
 * @param server who it is; of an agent that is no server, {@code raftAddress} has its own address and port 0
 * @param isServer false: an agent
 */
public record Member(Server server, boolean isServer, Status status) {

    /** How it is. The numbers are Consul's. */
    public enum Status {
        ALIVE(1),
        LEAVING(2),
        LEFT(3),
        FAILED(4);

        private final int number;

        Status(int number) {
            this.number = number;
        }

        public int number() {
            return number;
        }
    }
}
