package dev.coord.server;

import dev.coord.server.command.LeadershipListener;
import dev.coord.server.raft.PeerTls;
import dev.coord.server.raft.RaftConsensus;
import dev.coord.server.raft.RaftOptions;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.ShardedHub;
import dev.coord.wal.LogOptions;
import dev.coord.wal.maintenance.LogDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A whole server: its parts, started in order and stopped in reverse. HTTP and gRPC listen first and answer "no leader" until
 * Raft has read its log and found one.
 *
 * <p>Threads: {@link #start} runs on the caller's; {@link #close} may be called from any, again without effect.
 */
public final class CoordServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(CoordServer.class);
    private static final int ELECTION_TIMEOUT_MILLIS = 1_000;

    private final ServerConfig config;
    private final long startNanos = System.nanoTime();
    private final CompletableFuture<Void> leading = new CompletableFuture<>();
    // Filled by start, emptied by close, both under this object's lock.
    private final Deque<Part> parts = new ArrayDeque<>();

    private CoordServer(ServerConfig config) {
        this.config = config;
    }

    /**
     * Starts a server; returns once its ports answer and its log was read.
     *
     * @param fatal told once, from any thread, when a running server can't go on; the caller closes it and ends the process
     * @throws StartupException in one line, after everything started so far was stopped again
     */
    public static CoordServer start(ServerConfig config, Consumer<String> fatal) {
        CoordServer server = new CoordServer(config);
        try {
            server.startParts(fatal);
            return server;
        } catch (IOException e) {
            server.close();
            throw DataDir.refused(config.dataDir(), String.valueOf(e.getMessage()), e);
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private synchronized void startParts(Consumer<String> fatal) throws IOException {
        DataDir.prepare(config.dataDir());
        if (!config.ignoredKeys().isEmpty()) {
            LOG.info("configuration keys without effect here: {}", String.join(", ", config.ignoredKeys()));
        }
        ShardedHub hub = started("hub", new ShardedHub(HubOptions.defaults()));
        RaftConsensus raft = started("raft", RaftConsensus.open(raftOptions(), hub, (message, cause) -> {
            LOG.error("{}", message, cause);
            fatal.accept(message);
        }));
        raft.addListener(new LeadershipListener() {
            @Override
            public void leading(long term) {
                leading.complete(null);
            }

            @Override
            public void following() {}
        });
        raft.start("", "");
    }

    private RaftOptions raftOptions() {
        Path directory = config.dataDir().resolve("raft");
        return RaftOptions.builder(
                        directory,
                        config.nodeName(),
                        path -> LogDirectory.open(path, config.logBackend(), LogOptions.DEFAULT))
                .datacenter(config.datacenter())
                .version(Version.current())
                .bind(config.raft().host(), config.raft().port())
                .bootstrap(config.bootstrapExpect(), config.retryJoin())
                .tls(peerTls())
                .plaintextAllowed(config.raftPlaintextAllowed())
                .electionTimeoutMillis(ELECTION_TIMEOUT_MILLIS * config.raftMultiplier())
                .snapshots(
                        config.snapshots().intervalSeconds(),
                        config.snapshots().entriesMin(),
                        config.snapshots().entriesKept())
                .build();
    }

    private @Nullable PeerTls peerTls() {
        ServerConfig.Tls tls = config.tls();
        return tls == null ? null : new PeerTls(tls.caFile(), tls.certFile(), tls.keyFile());
    }

    private <P extends AutoCloseable> P started(String name, P part) {
        parts.push(new Part(name, part));
        return part;
    }

    /** host:port of HTTP, as bound. */
    public String httpAddress() {
        return config.http().host() + ":" + config.http().port();
    }

    /** host:port of gRPC, as bound. */
    public String grpcAddress() {
        return config.grpc().host() + ":" + config.grpc().port();
    }

    /** host:port of Raft, as bound. */
    public String raftAddress() {
        return config.raft().host() + ":" + config.raft().port();
    }

    /** Calls once this server leads, or at once if it does or did; never, if it does not come to lead. Must not block. */
    public void whenLeading(Runnable told) {
        leading.thenRun(told).exceptionally(e -> {
            LOG.error("telling of leadership failed", e);
            return null;
        });
    }

    /** Since {@link #start} was called. */
    public double sinceStartSeconds() {
        return (System.nanoTime() - startNanos) / 1e9;
    }

    /** Stops the parts in reverse order; one that fails to stop does not keep the others from it. */
    @Override
    public synchronized void close() {
        while (!parts.isEmpty()) {
            Part part = parts.pop();
            try {
                part.closeable.close();
            } catch (Exception e) {
                LOG.warn("{} did not stop cleanly", part.name, e);
            }
        }
    }

    private record Part(String name, AutoCloseable closeable) {}
}
