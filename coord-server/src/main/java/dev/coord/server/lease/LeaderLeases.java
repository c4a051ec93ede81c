package dev.coord.server.lease;

import dev.coord.api.raft.v1.LeaseRequest;
import dev.coord.api.raft.v1.LeaseResponse;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.command.LeadershipListener;
import dev.coord.server.command.LeaseChannel;
import dev.coord.server.command.Leases;
import dev.coord.server.loop.EventLoop;
import dev.coord.server.state.State;
import dev.coord.server.state.StateReader;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leases of the cluster: kept here while this server leads, asked for over the channel while another does.
 *
 * <p>A new leader gives every session and check a whole TTL again, so that a change of leader ends nothing. Renewals and
 * beats touch memory alone. The state is looked at a few times a second for what came and went, and seldom enough that the
 * looking takes no more than a twentieth of a core, however large the catalog is.
 */
public final class LeaderLeases implements Leases, LeadershipListener, LeaseChannel.Handler, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LeaderLeases.class);

    /** How many renewals and heartbeats may wait for the lease thread; beyond it they fail as overloaded. */
    public static final int WAITING_MAX = 100_000;
    /** The most reports in one heartbeat. */
    public static final int BEATS_MAX = 10_000;

    /** How often the state and the servers are looked at, milliseconds. */
    private static final long ROUND_MILLIS = 250;
    /** A round is followed by a pause this many times as long. */
    private static final long PAUSE_FACTOR = 20;

    private final EventLoop loop;
    private final StateReader states;
    private final ClusterView cluster;
    private final LeaseChannel channel;
    private final SessionLeases sessions;
    private final CheckLeases checks;
    private final ServerHealth servers;

    /** Which time of leading this is; rounds of an earlier one stop. Lease thread only. */
    private long reign;
    /** Written by the lease thread, read by any. */
    private volatile boolean leading;

    /**
     * @param clockMillis milliseconds that never go back, see {@link EventLoop#systemMillis}
     */
    public LeaderLeases(
            CommandExecutor commands,
            StateReader states,
            ClusterView cluster,
            LeaseChannel channel,
            LongSupplier clockMillis,
            RandomGenerator random) {
        this.loop = new EventLoop("coord-lease", WAITING_MAX, clockMillis);
        this.states = states;
        this.cluster = cluster;
        this.channel = channel;
        Proposals proposals = new Proposals(commands, loop);
        this.sessions = new SessionLeases(loop, states, proposals, random);
        this.checks = new CheckLeases(loop, states, proposals, random);
        this.servers = new ServerHealth(loop, states, cluster, proposals);
    }

    /** Starts the thread. */
    public void start() {
        loop.start();
    }

    @Override
    public void leading(long term) {
        loop.execute(() -> {
            LOG.info("Leading in term {}: every lease gets a whole TTL", term);
            clear();
            leading = true;
            reign++;
            round(reign);
        });
    }

    @Override
    public void following() {
        loop.execute(() -> {
            leading = false;
            reign++;
            clear();
        });
    }

    private void clear() {
        sessions.clear();
        checks.clear();
        servers.clear();
    }

    private void round(long ofReign) {
        if (ofReign != reign) {
            return;
        }
        long startNanos = System.nanoTime();
        State state = states.latest();
        sessions.follow(state);
        checks.follow(state);
        if (cluster.isLeader()) {
            servers.round();
        }
        long tookMillis = (System.nanoTime() - startNanos) / 1_000_000;
        loop.after(Math.max(ROUND_MILLIS, tookMillis * PAUSE_FACTOR), () -> round(ofReign));
    }

    @Override
    public CompletableFuture<Boolean> renewSession(String id) {
        return leading
                ? onLoop(() -> CompletableFuture.completedFuture(sessions.renew(id)))
                : channel.ask(LeaseMessages.renewal(id)).thenApply(LeaseMessages::found);
    }

    @Override
    public CompletableFuture<List<BeatResult>> heartbeat(List<Beat> beats) {
        if (beats.size() > BEATS_MAX) {
            return CompletableFuture.failedFuture(new ConsensusException(
                    ConsensusException.Reason.INVALID,
                    "a heartbeat carries " + beats.size() + " reports; at most " + BEATS_MAX + " are taken at once"));
        }
        return leading
                ? onLoop(() -> beatAll(beats))
                : channel.ask(LeaseMessages.heartbeat(beats)).thenApply(LeaseMessages::results);
    }

    private CompletableFuture<List<BeatResult>> beatAll(List<Beat> beats) {
        List<CompletableFuture<BeatResult>> results =
                beats.stream().map(checks::beat).toList();
        return CompletableFuture.allOf(results.toArray(CompletableFuture[]::new))
                .thenApply(
                        ignored -> results.stream().map(CompletableFuture::join).toList());
    }

    @Override
    public CompletableFuture<LeaseResponse> handle(LeaseRequest request) {
        CompletableFuture<LeaseResponse> response =
                switch (request.getLeaseCase()) {
                    case RENEW_SESSION ->
                        onLoop(() -> CompletableFuture.completedFuture(
                                LeaseMessages.renewed(sessions.renew(request.getRenewSession()))));
                    case HEARTBEAT ->
                        onLoop(() -> beatAll(LeaseMessages.beats(request.getHeartbeat()))
                                .thenApply(LeaseMessages::results));
                    case LEASE_NOT_SET ->
                        CompletableFuture.failedFuture(
                                new IllegalArgumentException("a lease request asks for nothing"));
                };
        return response.exceptionally(
                failure -> LeaseMessages.error(failure.getCause() == null ? failure : failure.getCause()));
    }

    /** Runs on the lease thread, if this server then leads. */
    private <T> CompletableFuture<T> onLoop(Supplier<CompletableFuture<T>> work) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        boolean taken = loop.offer(() -> {
            if (!leading || !cluster.isLeader()) {
                answer.completeExceptionally(
                        new ConsensusException(ConsensusException.Reason.NO_LEADER, "this server is not the leader"));
                return;
            }
            var unused = work.get().whenComplete((value, failure) -> {
                if (failure == null) {
                    answer.complete(value);
                } else {
                    answer.completeExceptionally(failure.getCause() == null ? failure : failure.getCause());
                }
            });
        });
        if (!taken) {
            answer.completeExceptionally(new ConsensusException(
                    ConsensusException.Reason.OVERLOADED,
                    "this server has " + WAITING_MAX + " renewals and heartbeats waiting: try again later"));
        }
        return answer;
    }

    /** Stops the thread; what waits is dropped. Idempotent. */
    @Override
    public void close() {
        leading = false;
        loop.close();
    }
}
