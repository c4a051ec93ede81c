package dev.coord.server.command;

import java.util.List;
import java.util.Optional;

/** What this server knows of its cluster. Safe from any thread, never blocks, needs no leader. */
public interface ClusterView {

    /** This server, or the agent that is none. */
    Server self();

    /** False: an agent that keeps no state of the cluster. */
    default boolean isServer() {
        return true;
    }

    /** The leader, while one is known. */
    Optional<Server> leader();

    /** True when this server leads and may answer for the cluster. */
    boolean isLeader();

    /** Milliseconds since this server last heard of a leader; 0 on the leader itself. */
    long lastContactMillis();

    /** All servers of the current configuration, by name. */
    List<Server> servers();

    /** How often the cluster has lost its majority and was begun anew with what one server had. */
    default long generation() {
        return 0;
    }

    /** The current Raft term; 0 before the first. */
    long term();

    /** Index of the newest entry in this server's log. */
    long lastLogIndex();

    /** Index of the newest entry that this server knows the group to have agreed on. */
    default long commitIndex() {
        return appliedIndex();
    }

    /** Index of the newest entry applied here. */
    long appliedIndex();

    /** True when the server was heard of within the failure threshold: on the leader from replication, else from the leader. */
    boolean isAlive(Server server);

    /** How a server is, by what it has said of itself last; of itself this one knows best. */
    default Condition condition(Server server) {
        return new Condition(lastLogIndex(), term(), lastContactMillis(), 0, "", 0);
    }

    /** The servers as they are now. */
    default Layout layout() {
        return new Layout(servers().stream()
                .map(server -> new Layout.Place(
                        server.name(),
                        server.raftAddress(),
                        condition(server).zone(),
                        server.voter(),
                        server.id().equals(self().id()) || isAlive(server)))
                .toList());
    }

    /**
     * How a server is.
     *
     * @param lastIndex the newest entry in its log
     * @param lastContactMillis since it last heard of a leader; 0 on the leader itself
     * @param behind entries that it lacked of those that this server had when it asked, once a second
     * @param zone what fails together with it; empty: none
     * @param leaderPriority the higher, the rather it leads
     */
    record Condition(long lastIndex, long term, long lastContactMillis, long behind, String zone, int leaderPriority) {

        /** Of one that never answered. */
        public static final Condition UNKNOWN = new Condition(0, 0, 0, 0, "", 0);
    }

    /**
     * A server of the cluster.
     *
     * @param id a UUID, made at first start and kept in its data directory
     * @param name node name
     * @param raftAddress host:port
     * @param grpcAddress host:port; empty while unknown
     * @param httpAddress host:port; empty while unknown
     * @param voter false: a learner
     */
    record Server(
            String id,
            String name,
            String datacenter,
            String raftAddress,
            String grpcAddress,
            String httpAddress,
            String version,
            boolean voter) {}
}
