package dev.coord.client;

import dev.coord.server.acl.AccessControl;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandResult;
import dev.coord.server.flags.FlagWrites;
import dev.coord.server.grpc.GrpcApi;
import dev.coord.server.grpc.GrpcOptions;
import dev.coord.server.history.AppliedLog;
import dev.coord.server.http.Backend;
import dev.coord.server.http.HttpApi;
import dev.coord.server.http.HttpOptions;
import dev.coord.server.lease.LeaderLeases;
import dev.coord.server.loop.EventLoop;
import dev.coord.server.raft.RaftConsensus;
import dev.coord.server.raft.RaftOptions;
import dev.coord.server.watch.WatchSteering;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.HubShape;
import dev.coord.streaming.HubSwitch;
import dev.coord.wal.LogOptions;
import dev.coord.wal.maintenance.LogDirectory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One server of a cluster within this JVM: Raft, the hub, gRPC and HTTP as {@code CoordServer} puts them together, with a log
 * of what it applies. Started and stopped by one thread; keeps its ports over restarts.
 */
final class WatchedServer {

    private static final int STOP_SECONDS_MAX = 30;

    final String name;
    final WatchSteering steering = new WatchSteering();

    private final Path directory;
    private final AppliedLog applied;
    private final HubOptions hubOptions;
    private final SplittableRandom random;
    private final int raftPort = freePort();
    private final int grpcPort = freePort();
    private final int httpPort = freePort();

    /** Null: stopped. Written by who starts and stops, read by any. */
    private volatile @Nullable Parts parts;

    private record Parts(
            Vertx vertx, HubSwitch hub, RaftConsensus raft, LeaderLeases leases, GrpcApi grpc, HttpApi http) {}

    WatchedServer(String name, Path directory, AppliedLog applied, HubOptions hubOptions, SplittableRandom random) {
        this.name = name;
        this.directory = directory;
        this.applied = applied;
        this.hubOptions = hubOptions;
        this.random = random;
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    String raftAddress() {
        return "127.0.0.1:" + raftPort;
    }

    String grpcAddress() {
        return "127.0.0.1:" + grpcPort;
    }

    String httpAddress() {
        return "127.0.0.1:" + httpPort;
    }

    boolean isRunning() {
        return parts != null;
    }

    boolean isLeader() {
        Parts running = parts;
        return running != null && running.raft().isLeader();
    }

    void start(List<WatchedServer> all) throws Exception {
        HubSwitch hub = new HubSwitch(HubShape.SHARDED, hubOptions);
        RaftConsensus raft = RaftConsensus.open(
                RaftOptions.builder(directory, name, at -> LogDirectory.open(at, "segment", LogOptions.DEFAULT))
                        .bind("127.0.0.1", raftPort)
                        .bootstrap(
                                all.size(),
                                all.stream()
                                        .filter(other -> other != this)
                                        .map(WatchedServer::raftAddress)
                                        .toList())
                        .electionTimeoutMillis(500)
                        .snapshots(1, 200, 20)
                        .build(),
                applied.recording(name, hub),
                (message, cause) -> applied.broken.add(name + " failed: " + message + ": " + cause));
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        LeaderLeases leases = new LeaderLeases(raft, raft, raft, raft, EventLoop::systemMillis, random.split());
        raft.addListener(leases);
        raft.answerWith(leases);
        GrpcApi grpc = new GrpcApi(
                raft,
                raft,
                raft,
                leases,
                hub,
                steering,
                AccessControl.OFF,
                new FlagWrites(raft, raft),
                new GrpcOptions(
                        "127.0.0.1",
                        grpcPort,
                        null,
                        GrpcOptions.Limits.defaults().withBookmarkInterval(Duration.ofMillis(200))));
        HttpApi http = new HttpApi(
                vertx,
                new Backend(raft, raft, raft, leases, hub, AccessControl.OFF),
                List.of(),
                HttpOptions.on("127.0.0.1", httpPort));
        grpc.start();
        wait(http.start());
        leases.start();
        raft.start(grpcAddress(), httpAddress());
        parts = new Parts(vertx, hub, raft, leases, grpc, http);
    }

    CompletableFuture<CommandResult> execute(Command command) {
        return running().raft().execute(command);
    }

    CompletableFuture<Void> transferLeadership() {
        return running().raft().transferLeadership(null);
    }

    /** Does nothing when the server is stopped, before or meanwhile. */
    void changeHubTo(HubShape shape) {
        Parts running = parts;
        try {
            if (running != null) {
                running.hub().changeTo(shape);
            }
        } catch (IllegalStateException closed) {
            if (running != null && running.equals(parts)) {
                throw closed;
            }
        }
    }

    private Parts running() {
        return Objects.requireNonNull(parts, name + " is not running");
    }

    void stop() throws Exception {
        Parts running = parts;
        parts = null;
        if (running != null) {
            wait(running.http().close());
            running.grpc().close();
            running.leases().close();
            running.raft().close();
            running.hub().close();
            wait(running.vertx().close());
        }
    }

    private static <T> T wait(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(STOP_SECONDS_MAX, TimeUnit.SECONDS);
    }
}
