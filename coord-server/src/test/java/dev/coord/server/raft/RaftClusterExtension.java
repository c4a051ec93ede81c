package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.coord.api.raft.v1.LeaseRequest;
import dev.coord.api.raft.v1.LeaseResponse;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.LeadershipListener;
import dev.coord.server.state.KvEntry;
import dev.coord.server.state.State;
import dev.coord.streaming.Hub;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.ShardedHub;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.maintenance.LogDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Servers of one cluster within this JVM, on loopback, each with its own directory. Stopped and deleted after each test. */
final class RaftClusterExtension implements BeforeEachCallback, AfterEachCallback {

    static final Duration PATIENCE = Duration.ofSeconds(20);

    private final int size;
    private UnaryOperator<RaftOptions.Builder> tuning;
    private final List<Member> members = new ArrayList<>();
    private Function<Path, LogStore> log = directory -> LogDirectory.open(directory, "segment", LogOptions.DEFAULT);
    private @Nullable Path root;
    private Function<Member, Clock> clock = member -> Clock.systemUTC();
    private BiFunction<Member, Hub, Hub> hubAround = (member, hub) -> hub;
    private @Nullable FaultyNetwork network;
    private BiConsumer<Member, RaftConsensus> preparation = (member, raft) -> {};

    private RaftClusterExtension(int size, UnaryOperator<RaftOptions.Builder> tuning) {
        this.size = size;
        this.tuning = tuning;
    }

    /** A cluster that is there, not started, when a test begins. */
    static RaftClusterExtension of(int size) {
        return new RaftClusterExtension(size, options -> options);
    }

    static RaftClusterExtension of(int size, UnaryOperator<RaftOptions.Builder> tuning) {
        return new RaftClusterExtension(size, tuning);
    }

    /** Options of whatever starts from now on. */
    void tune(UnaryOperator<RaftOptions.Builder> newTuning) {
        tuning = newTuning;
    }

    void keepLogIn(String backend) {
        log = directory -> LogDirectory.open(directory, backend, LogOptions.DEFAULT);
    }

    /** Whatever starts from now on tells the time by these. */
    void tellTimeBy(Function<Member, Clock> clocks) {
        clock = clocks;
    }

    /** Whatever starts from now on publishes to a hub around its own. */
    void publishThrough(BiFunction<Member, Hub, Hub> around) {
        hubAround = around;
    }

    /** Whatever starts from now on reaches the others through this network. */
    void connectBy(FaultyNetwork faultyNetwork) {
        network = faultyNetwork;
    }

    /** Whatever starts from now on is handed over before it does. */
    void prepare(BiConsumer<Member, RaftConsensus> beforeStart) {
        preparation = beforeStart;
    }

    void keepLogBy(Function<Path, LogStore> opener) {
        log = opener;
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        root = Files.createTempDirectory("raft");
        for (int i = 0; i < size; i++) {
            members.add(new Member("s" + (i + 1), root.resolve("s" + (i + 1)), freePort()));
        }
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        members.forEach(Member::stop);
        members.clear();
        if (root != null) {
            try (Stream<Path> files = Files.walk(root)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /** Below the ports that outgoing connections take: else one of them has it by the time that a server starts again. */
    static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(15_000, 32_000);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException taken) {
                // Another one.
            }
        }
    }

    Member member(int number) {
        return members.get(number - 1);
    }

    List<Member> members() {
        return List.copyOf(members);
    }

    /** One more, that joins the others. */
    Member addMember() {
        Path directory = root().resolve("s" + (members.size() + 1));
        Member joining = new Member("s" + (members.size() + 1), directory, freePort());
        joining.expect = 0;
        members.add(joining);
        return joining;
    }

    Path root() {
        return Objects.requireNonNull(root);
    }

    void startAll() {
        members.forEach(Member::start);
        awaitLeader();
    }

    Member awaitLeader() {
        return await().atMost(PATIENCE).until(this::leader, Optional::isPresent).orElseThrow();
    }

    private Optional<Member> leader() {
        return members.stream()
                .filter(m -> m.isRunning() && m.raft().isLeader())
                .findFirst();
    }

    Member follower() {
        return members.stream()
                .filter(m -> m.isRunning() && !m.raft().isLeader())
                .findFirst()
                .orElseThrow();
    }

    /** One server. Used by the test's thread. */
    final class Member {

        private final String name;
        private final Path directory;
        private int port;
        private int expect = size;
        private boolean joins = true;
        /** Read by any thread; written by the test's. */
        private volatile @Nullable RaftConsensus raft;

        private volatile @Nullable ShardedHub hub;
        private final List<String> toldOfLeadership = new CopyOnWriteArrayList<>();
        private final AtomicReference<@Nullable String> fatal = new AtomicReference<>();

        private Member(String name, Path directory, int port) {
            this.name = name;
            this.directory = directory;
            this.port = port;
        }

        /** From its next start on a cluster of its own. */
        void alone() {
            expect = 1;
        }

        /** From its next start on waits to be told of a cluster. */
        Member waiting() {
            expect = 0;
            joins = false;
            return this;
        }

        /** To another port, from its next start on. */
        void move() {
            port = freePort();
        }

        void moveTo(Member other) {
            port = other.port;
        }

        Path directory() {
            return directory;
        }

        String address() {
            return "127.0.0.1:" + port;
        }

        String name() {
            return name;
        }

        boolean isRunning() {
            return raft != null;
        }

        /** Null while it is not running. For any thread. */
        @Nullable
        RaftConsensus running() {
            return raft;
        }

        RaftConsensus raft() {
            return Objects.requireNonNull(raft, name + " is not running");
        }

        /** What a listener was told, over all of the member's lives. */
        List<String> toldOfLeadership() {
            return toldOfLeadership;
        }

        /** Asks the leader, wherever it is, to renew a session; true when the member of that name answered. */
        boolean renewsOn(String leader) {
            return raft().ask(LeaseRequest.newBuilder()
                            .setRenewSession("on " + leader)
                            .build())
                    .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                    .join()
                    .getSessionFound();
        }

        /** Why the process would have ended; null while it would not. */
        @Nullable
        String fatal() {
            return fatal.get();
        }

        void start() {
            try {
                tryStart();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void tryStart() throws IOException {
            fatal.set(null);
            List<String> others = members.stream()
                    .filter(m -> joins && m != this)
                    .map(Member::address)
                    .toList();
            RaftOptions options = tuning.apply(RaftOptions.builder(directory, name, log)
                            .bind("127.0.0.1", port)
                            .bootstrap(expect, others))
                    .build();
            ShardedHub ownHub = new ShardedHub(HubOptions.defaults().withShards(1));
            RaftConsensus own;
            try {
                own = RaftConsensus.open(
                        options,
                        hubAround.apply(this, ownHub),
                        (message, cause) -> fatal.set(message),
                        clock.apply(this));
            } catch (IOException e) {
                ownHub.close();
                throw e;
            }
            if (network != null) {
                own.callOthersThrough(network.seenFrom(address()));
            }
            own.answerWith(request -> CompletableFuture.completedFuture(LeaseResponse.newBuilder()
                    .setSessionFound(request.getRenewSession().equals("on " + name))
                    .build()));
            own.addListener(new LeadershipListener() {
                @Override
                public void leading(long term) {
                    toldOfLeadership.add("leading " + term);
                }

                @Override
                public void following() {
                    toldOfLeadership.add("following");
                }
            });
            preparation.accept(this, own);
            try {
                own.start("127.0.0.1:1", "127.0.0.1:2");
            } catch (IOException | RuntimeException e) {
                own.close();
                ownHub.close();
                throw e;
            }
            hub = ownHub;
            raft = own;
        }

        ShardedHub hub() {
            return Objects.requireNonNull(hub);
        }

        /** Null while it is not running. For any thread. */
        @Nullable
        ShardedHub runningHub() {
            return hub;
        }

        void stop() {
            RaftConsensus stopping = raft;
            if (stopping != null) {
                stopping.close();
            }
            forget();
        }

        /** Goes without a word to the others. */
        void kill() {
            raft().halt();
            forget();
        }

        private void forget() {
            ShardedHub closing = hub;
            raft = null;
            hub = null;
            if (closing != null) {
                closing.close();
            }
        }

        CommandResult put(String key, String value) {
            return raft().execute(new Command.KvPut(key, ByteString.copyFromUtf8(value), 0, null, null, null))
                    .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                    .join();
        }

        /** A linearizable read; null when there is no such key. */
        @Nullable
        String get(String key) {
            State state = raft().linearizable()
                    .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                    .join();
            return value(state, key);
        }

        /** What this server has applied. */
        @Nullable
        String getStale(String key) {
            return value(raft().latest(), key);
        }

        private static @Nullable String value(State state, String key) {
            KvEntry entry = state.kv(key);
            return entry == null ? null : entry.value().toStringUtf8();
        }

        void awaitValue(String key, String value) {
            await().atMost(PATIENCE)
                    .untilAsserted(() ->
                            assertThat(getStale(key)).as("%s on %s", key, name).isEqualTo(value));
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
