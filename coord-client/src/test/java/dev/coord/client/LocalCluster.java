package dev.coord.client;

import dev.coord.server.LocalConsensus;
import dev.coord.server.LocalLeases;
import dev.coord.server.acl.AccessControl;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.flags.FlagWrites;
import dev.coord.server.grpc.GrpcApi;
import dev.coord.server.grpc.GrpcOptions;
import dev.coord.server.rollout.RolloutEngine;
import dev.coord.server.watch.WatchSteering;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.HubShape;
import dev.coord.streaming.HubSwitch;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One state behind several real gRPC servers on loopback ports, each of which can go away and come back. */
final class LocalCluster implements AutoCloseable {

    final HubSwitch hub;
    final WatchSteering steering = new WatchSteering();
    final LocalConsensus consensus;
    final LocalLeases leases;
    final List<Door> doors = new CopyOnWriteArrayList<>();
    /** Who leads; any thread. */
    volatile int leader;

    LocalCluster(int servers) throws IOException {
        this(servers, HubOptions.defaults());
    }

    LocalCluster(int servers, HubOptions hubOptions) throws IOException {
        hub = new HubSwitch(HubShape.SHARDED, hubOptions);
        consensus = new LocalConsensus(System::currentTimeMillis, hub);
        leases = new LocalLeases(consensus);
        for (int i = 0; i < servers; i++) {
            Door door = new Door(i);
            door.start();
            doors.add(door);
        }
    }

    /** A client of all servers with short pauses. */
    CoordClientBuilder client() {
        return CoordClient.builder()
                .addresses(doors.stream().map(Door::address).toList())
                .backoff(Duration.ofMillis(10), Duration.ofMillis(100))
                .nodeName("test-node")
                .nodeAddress("10.0.0.9");
    }

    @Override
    public void close() {
        doors.forEach(Door::stop);
        hub.close();
    }

    /** One server. */
    final class Door implements CommandExecutor, ClusterView {

        final int number;
        /** Commands that reached this server. */
        final AtomicInteger commands = new AtomicInteger();
        /** What to fail commands with, after they were executed where the outcome is unknown; any thread. */
        volatile ConsensusException.@Nullable Reason fault;

        private int port;
        private @Nullable GrpcApi api;

        Door(int number) {
            this.number = number;
        }

        String address() {
            return "127.0.0.1:" + port;
        }

        void start() throws IOException {
            GrpcApi started = new GrpcApi(
                    this,
                    consensus,
                    this,
                    leases,
                    hub,
                    steering,
                    AccessControl.OFF,
                    new FlagWrites(this, consensus),
                    new GrpcOptions(
                            "127.0.0.1",
                            port,
                            null,
                            GrpcOptions.Limits.defaults().withBookmarkInterval(Duration.ofMillis(200))));
            started.offerRollouts(
                    new dev.coord.server.rollout.Rollouts(this, consensus, List.of()),
                    new RolloutEngine(this, consensus, this, Map::of, System::currentTimeMillis));
            started.start();
            api = started;
            port = started.port();
        }

        void stop() {
            GrpcApi running = api;
            api = null;
            if (running != null) {
                running.close();
            }
        }

        @Override
        public CompletableFuture<CommandResult> execute(Command command) {
            commands.incrementAndGet();
            ConsensusException.Reason failing = fault;
            if (failing == null) {
                return consensus.execute(command);
            }
            if (failing == ConsensusException.Reason.UNKNOWN_OUTCOME) {
                consensus.apply(command);
            }
            return CompletableFuture.failedFuture(new ConsensusException(failing, "as the scenario asks"));
        }

        @Override
        public Server self() {
            Server one = consensus.self();
            return new Server(
                    "id-" + number,
                    "node-" + (number + 1),
                    one.datacenter(),
                    "127.0.0.1:1",
                    address(),
                    "",
                    one.version(),
                    true);
        }

        @Override
        public Optional<Server> leader() {
            return consensus
                    .leader()
                    .map(one -> doors.isEmpty() ? self() : doors.get(leader).self());
        }

        @Override
        public boolean isLeader() {
            return consensus.isLeader() && leader == number;
        }

        @Override
        public long lastContactMillis() {
            return 0;
        }

        @Override
        public List<Server> servers() {
            return Stream.concat(doors.stream(), Stream.of(this))
                    .distinct()
                    .map(Door::self)
                    .toList();
        }

        @Override
        public long term() {
            return 1;
        }

        @Override
        public long lastLogIndex() {
            return consensus.lastLogIndex();
        }

        @Override
        public long appliedIndex() {
            return consensus.appliedIndex();
        }

        @Override
        public boolean isAlive(Server server) {
            return true;
        }
    }
}
