package dev.coord.server.lease;

import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.CommandResult.Rejection;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.command.Leases.Beat;
import dev.coord.server.command.Leases.BeatResult;
import dev.coord.server.loop.Deadline;
import dev.coord.server.loop.EventLoop;
import dev.coord.server.state.State;
import dev.coord.server.state.StateReader;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When each TTL check of the cluster turns critical if nobody reports, and when a service whose check stays critical is
 * removed. A check belongs to the cluster when the catalog has its definition with a TTL: an agent, which times its own
 * checks, registers them without a definition, as Consul's does. On the lease thread, while this server leads.
 */
final class CheckLeases {

    private static final Logger LOG = LoggerFactory.getLogger(CheckLeases.class);

    /** How often, at most, a check is written because of its output alone, milliseconds. */
    static final long OUTPUT_MILLIS_MIN = 60_000;
    /** A service is not removed before its check was critical for this long, whatever the check asks for, milliseconds. */
    static final long DEREGISTER_MILLIS_MIN = 60_000;
    /** Before what could not be written is tried again, milliseconds; plus as much again at random. */
    private static final int RETRY_MILLIS = 500;

    private final EventLoop loop;
    private final StateReader states;
    private final Proposals proposals;
    private final RandomGenerator random;
    private final Map<Key, Lease> leases = new HashMap<>();
    private long indexSeen = -1;

    CheckLeases(EventLoop loop, StateReader states, Proposals proposals, RandomGenerator random) {
        this.loop = loop;
        this.states = states;
        this.proposals = proposals;
        this.random = random;
    }

    /** The state tells names apart without regard to case; so must this. */
    private record Key(String node, String checkId) {
        static Key of(String node, String checkId) {
            return new Key(node.toLowerCase(Locale.ROOT), checkId.toLowerCase(Locale.ROOT));
        }
    }

    private static final class Lease {
        final Key key;
        final Deadline expiry;
        final Deadline deregister;
        final Deadline outputDue;
        long ttlMillis;
        long modifyIndexSeen;
        long outputNotBeforeMillis;
        /** What the last beat said. */
        String output;
        /** The status on its way to the log; null: none. */
        @Nullable
        CheckStatus writing;
        /** Ends with what is on its way. */
        CompletableFuture<BeatResult> written = CompletableFuture.completedFuture(BeatResult.OK);

        Lease(Key key, CheckEntry check, CheckLeases owner) {
            this.key = key;
            this.output = check.output();
            this.expiry = owner.loop.at(Long.MAX_VALUE, () -> owner.expired(this));
            this.deregister = owner.loop.at(Long.MAX_VALUE, () -> owner.removeService(this));
            this.outputDue = owner.loop.at(Long.MAX_VALUE, () -> owner.writeOutput(this));
            deregister.cancel();
            outputDue.cancel();
        }

        void cancel() {
            expiry.cancel();
            deregister.cancel();
            outputDue.cancel();
        }
    }

    /** Learns of checks that came, went or were changed by somebody else. */
    void follow(State state) {
        if (state.checksIndex() == indexSeen) {
            return;
        }
        indexSeen = state.checksIndex();
        leases.values().removeIf(lease -> {
            boolean gone = !isLeased(state.check(lease.key.node, lease.key.checkId));
            if (gone) {
                lease.cancel();
            }
            return gone;
        });
        for (CheckEntry check : state.checksIn(null)) {
            if (isLeased(check)) {
                lease(check);
            }
        }
    }

    /** Forgets all of them. */
    void clear() {
        leases.values().forEach(Lease::cancel);
        leases.clear();
        indexSeen = -1;
    }

    int size() {
        return leases.size();
    }

    static boolean isLeased(@Nullable CheckEntry check) {
        return check != null && check.definition() != null && check.definition().ttlMillis() > 0;
    }

    /** Takes a report; the future ends when the status that it brought is durable, at once when it brought none. */
    CompletableFuture<BeatResult> beat(Beat beat) {
        CheckEntry check = states.latest().check(beat.node(), beat.checkId());
        if (check == null) {
            return CompletableFuture.completedFuture(BeatResult.UNKNOWN_CHECK);
        }
        if (!isLeased(check)) {
            return CompletableFuture.completedFuture(BeatResult.NOT_TTL);
        }
        Lease lease = lease(check);
        lease.output = CheckOutput.limited(beat.output());
        lease.expiry.moveTo(loop.nowMillis() + lease.ttlMillis);
        CheckStatus known = lease.writing == null ? check.status() : lease.writing;
        if (beat.status() != known) {
            write(lease, check, beat.status(), lease.output);
        } else if (lease.writing == null && !lease.output.equals(check.output())) {
            lease.outputDue.moveTo(Math.max(loop.nowMillis(), lease.outputNotBeforeMillis));
        }
        return lease.writing == null ? CompletableFuture.completedFuture(BeatResult.OK) : lease.written;
    }

    /** The lease of a check as it now is in the catalog. */
    private Lease lease(CheckEntry check) {
        Lease lease = leases.computeIfAbsent(Key.of(check.node(), check.id()), key -> new Lease(key, check, this));
        CheckDefinition definition = Objects.requireNonNull(check.definition());
        if (lease.writing == null && check.modifyIndex() != lease.modifyIndexSeen) {
            boolean sameTtl = definition.ttlMillis() == lease.ttlMillis;
            lease.ttlMillis = definition.ttlMillis();
            lease.modifyIndexSeen = check.modifyIndex();
            // Whoever set it to something better than critical has just seen it alive.
            if (!sameTtl || check.status() != CheckStatus.CRITICAL) {
                lease.expiry.moveTo(loop.nowMillis() + lease.ttlMillis);
            }
        }
        long deregisterMillis = definition.deregisterCriticalServiceAfterMillis();
        if (check.status() != CheckStatus.CRITICAL || check.serviceId() == null || deregisterMillis <= 0) {
            lease.deregister.cancel();
        } else if (!lease.deregister.isSet()) {
            lease.deregister.moveTo(loop.nowMillis() + Math.max(deregisterMillis, DEREGISTER_MILLIS_MIN));
        }
        return lease;
    }

    private @Nullable CheckEntry current(Lease lease) {
        CheckEntry check = states.latest().check(lease.key.node, lease.key.checkId);
        return isLeased(check) ? check : null;
    }

    private void expired(Lease lease) {
        CheckEntry check = current(lease);
        if (check == null || lease(check).expiry.isSet()) {
            return; // Gone, or changed by somebody a moment ago.
        }
        if ((lease.writing == null ? check.status() : lease.writing) != CheckStatus.CRITICAL) {
            LOG.info("Check {} on node {} got no report for {} ms", check.id(), check.node(), lease.ttlMillis);
            write(
                    lease,
                    check,
                    CheckStatus.CRITICAL,
                    ServerNode.isAgentCheck(check) ? ServerNode.DEAD : CheckOutput.expired(lease.output));
        }
    }

    private void writeOutput(Lease lease) {
        CheckEntry check = current(lease);
        if (check != null && lease.writing == null && !lease.output.equals(check.output())) {
            write(lease, check, check.status(), lease.output);
        }
    }

    private void write(Lease lease, CheckEntry check, CheckStatus status, String output) {
        CompletableFuture<BeatResult> written = new CompletableFuture<>();
        lease.writing = status;
        lease.written = written;
        lease.outputDue.cancel();
        lease.outputNotBeforeMillis = loop.nowMillis() + OUTPUT_MILLIS_MIN;
        proposals.propose(new Command.UpdateCheck(check.node(), check.id(), status, output), (result, failure) -> {
            if (lease.written == written) {
                lease.writing = null;
                if (failure != null) {
                    tryAgain(lease);
                }
                knowAsOwn(lease, result);
            }
            settle(written, result, failure);
        });
    }

    /** So that what was written here is not taken for a sign of life from elsewhere. */
    private void knowAsOwn(Lease lease, @Nullable CommandResult result) {
        CheckEntry check = current(lease);
        if (check == null || leases.get(lease.key) != lease) {
            return;
        }
        if (result != null && check.modifyIndex() == result.revision()) {
            lease.modifyIndexSeen = check.modifyIndex();
        }
        lease(check);
    }

    /** Only what nobody waits for: whoever beats learns that it failed, and beats again. */
    private void tryAgain(Lease lease) {
        long soon = loop.nowMillis() + RETRY_MILLIS + random.nextInt(RETRY_MILLIS);
        if (leases.get(lease.key) == lease && lease.expiry.millis() <= soon) {
            lease.expiry.moveTo(soon);
        }
    }

    private static void settle(
            CompletableFuture<BeatResult> written, @Nullable CommandResult result, @Nullable Throwable failure) {
        if (failure != null) {
            written.completeExceptionally(failure);
            return;
        }
        Rejection rejection = result == null ? null : result.rejection();
        if (rejection == null) {
            written.complete(BeatResult.OK);
        } else if (rejection.kind() == Rejection.Kind.INVALID) {
            written.completeExceptionally(
                    new ConsensusException(ConsensusException.Reason.INVALID, rejection.message()));
        } else {
            written.complete(BeatResult.UNKNOWN_CHECK);
        }
    }

    private void removeService(Lease lease) {
        CheckEntry check = current(lease);
        if (check == null || check.status() != CheckStatus.CRITICAL || check.serviceId() == null) {
            return;
        }
        LOG.info(
                "Service {} on node {} is removed: its check {} was critical for too long",
                check.serviceId(),
                check.node(),
                check.id());
        proposals.propose(new Command.Deregister(check.node(), check.serviceId(), null), (result, failure) -> {
            if (failure != null && leases.get(lease.key) == lease) {
                lease.deregister.moveTo(loop.nowMillis() + RETRY_MILLIS + random.nextInt(RETRY_MILLIS));
            }
        });
    }
}
