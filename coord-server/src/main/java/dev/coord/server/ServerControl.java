package dev.coord.server;

import dev.coord.server.agent.LocalAgent;
import dev.coord.server.agent.Registration;
import dev.coord.server.command.ClusterChanges;
import dev.coord.server.command.Member;
import dev.coord.server.http.AgentControl;
import dev.coord.server.http.HttpApi;
import dev.coord.server.limits.Limits;
import dev.coord.server.rollout.Rollouts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done to a running server from outside: reading its configuration again, joining, leaving. Safe from any thread;
 * nothing blocks its caller. Reloads run one after the other; of those that wait, more than {@link #WAITING_MAX} are refused.
 */
final class ServerControl implements AgentControl {

    private static final Logger LOG = LoggerFactory.getLogger(ServerControl.class);
    private static final int WAITING_MAX = 16;

    private final ServerConfig config;
    private final ServerHost host;
    private final ClusterChanges cluster;
    private final LocalAgent agent;
    private final Limits limits;
    private final List<Renewal> renewals;
    private final @Nullable Rollouts rollouts;
    /** Its thread goes when there is nothing to do. */
    private final ExecutorService worker = worker();
    /** Of certificates that somebody has read. */
    interface Renewal {
        /**
         * Reads them again.
         *
         * @return makes them count
         * @throws IOException when they can't be used; what was before stays
         */
        Runnable read() throws IOException;
    }

    /** Set once, when HTTP is served. */
    private volatile @Nullable HttpApi http;

    ServerControl(
            ServerConfig config,
            ServerHost host,
            ClusterChanges cluster,
            LocalAgent agent,
            Limits limits,
            List<Renewal> renewals,
            @Nullable Rollouts rollouts) {
        this.config = config;
        this.host = host;
        this.cluster = cluster;
        this.agent = agent;
        this.limits = limits;
        this.renewals = List.copyOf(renewals);
        this.rollouts = rollouts;
    }

    private static ExecutorService worker() {
        ThreadPoolExecutor one =
                new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(WAITING_MAX), task -> {
                    Thread thread = new Thread(task, "coord-control");
                    thread.setDaemon(true);
                    return thread;
                });
        one.allowCoreThreadTimeOut(true);
        return one;
    }

    void serving(HttpApi api) {
        http = api;
    }

    @Override
    public List<Member> members() {
        return cluster.serverMembers();
    }

    @Override
    public CompletableFuture<Void> reload() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        try {
            worker.execute(() -> reload(done));
        } catch (RejectedExecutionException e) {
            done.completeExceptionally(
                    new IOException("there are " + WAITING_MAX + " reloads waiting already: try again later"));
        }
        return done;
    }

    /** All is read and checked before anything changes. */
    private void reload(CompletableFuture<Void> done) {
        try {
            ServerConfig next = host.configuration();
            List<Registration> configured = CoordServer.configured(next, config.nodeName());
            reloadCertificates();
            LogSetup.level(next.logging().level());
            limits.change(next.limits());
            if (rollouts != null) {
                rollouts.guardBy(next.rolloutGuards());
            }
            next.warnings().forEach(LOG::warn);
            CompletableFuture<Void> unused = agent.configure(configured).whenComplete((ok, error) -> {
                if (error == null) {
                    LOG.info(
                            "Configuration was read again: log level {}, {} services and checks from files",
                            next.logging().level(),
                            configured.size());
                    host.reconfigured(next);
                    done.complete(null);
                } else {
                    failed(error, done);
                }
            });
        } catch (IOException | RuntimeException e) {
            failed(e, done);
        }
    }

    private static void failed(Throwable cause, CompletableFuture<Void> done) {
        String why = "The configuration can't be used, the one before stays: " + cause.getMessage();
        LOG.error(why);
        done.completeExceptionally(new IOException(why, cause));
    }

    /** Reads certificates again and nothing else; says in the log what came of it. */
    void renewCertificates() {
        try {
            worker.execute(() -> {
                try {
                    reloadCertificates();
                    LOG.info("Certificates were read again: connections that begin from now on use them");
                } catch (IOException | RuntimeException e) {
                    LOG.error("Certificates have changed and can't be used, those before stay: {}", e.getMessage());
                }
            });
        } catch (RejectedExecutionException e) {
            // Those reloads that wait will read them.
        }
    }

    /** All are read before any counts. */
    private void reloadCertificates() throws IOException {
        List<Runnable> read = new ArrayList<>();
        for (Renewal renewal : renewals) {
            read.add(renewal.read());
        }
        HttpApi serving = http;
        if (serving != null) {
            CoordServer.await(serving.reloadCertificates());
        }
        read.forEach(Runnable::run);
    }

    @Override
    public CompletableFuture<Void> join(String address) {
        return cluster.join(JoinAddress.ofAnyMember(address));
    }

    @Override
    public CompletableFuture<Void> leave() {
        LOG.info("Leaving the cluster");
        return cluster.leave().thenCompose(left -> {
            long drainMillis = config.leaving().drain().toMillis();
            return drainMillis == 0
                    ? CompletableFuture.completedFuture(null)
                    : CompletableFuture.runAsync(
                            () -> {}, CompletableFuture.delayedExecutor(drainMillis, TimeUnit.MILLISECONDS));
        });
    }

    /** A moment later: the client's answer is on its way. */
    @Override
    public void stop() {
        CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS).execute(host::finished);
    }

    @Override
    public CompletableFuture<Boolean> forceLeave(String node, boolean prune) {
        return cluster.forceLeave(node, prune);
    }
}
