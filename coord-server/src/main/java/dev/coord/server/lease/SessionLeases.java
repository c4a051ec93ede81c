package dev.coord.server.lease;

import dev.coord.server.command.Command;
import dev.coord.server.command.SessionEntry;
import dev.coord.server.loop.Deadline;
import dev.coord.server.loop.EventLoop;
import dev.coord.server.state.State;
import dev.coord.server.state.StateReader;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When each session with a TTL ends if nobody renews it. The state says which sessions there are; only their time lives here.
 * On the lease thread, while this server leads.
 */
final class SessionLeases {

    private static final Logger LOG = LoggerFactory.getLogger(SessionLeases.class);

    /** Before a session whose end could not be written is tried again, milliseconds; plus as much again at random. */
    private static final int RETRY_MILLIS = 500;

    private final EventLoop loop;
    private final StateReader states;
    private final Proposals proposals;
    private final RandomGenerator random;
    private final Map<String, Lease> leases = new HashMap<>();
    private long indexSeen = -1;

    SessionLeases(EventLoop loop, StateReader states, Proposals proposals, RandomGenerator random) {
        this.loop = loop;
        this.states = states;
        this.proposals = proposals;
        this.random = random;
    }

    private static final class Lease {
        final String id;
        final Deadline end;
        boolean ending;

        Lease(String id, EventLoop loop, long endMillis, Consumer<Lease> ended) {
            this.id = id;
            this.end = loop.at(endMillis, () -> ended.accept(this));
        }
    }

    /**
     * A session outlives its last renewal by one and a half TTLs: clients renew once a TTL and may be late by some, and it
     * must be gone before two have passed.
     */
    static long graceMillis(long ttlMillis) {
        return ttlMillis + ttlMillis / 2;
    }

    /** Learns of sessions that came and went. */
    void follow(State state) {
        if (state.sessionsIndex() == indexSeen) {
            return;
        }
        indexSeen = state.sessionsIndex();
        leases.values().removeIf(lease -> {
            boolean gone = state.session(lease.id) == null;
            if (gone) {
                lease.end.cancel();
            }
            return gone;
        });
        for (SessionEntry session : state.sessions()) {
            if (session.ttlMillis() > 0) {
                lease(session);
            }
        }
    }

    /** Forgets all of them. */
    void clear() {
        leases.values().forEach(lease -> lease.end.cancel());
        leases.clear();
        indexSeen = -1;
    }

    /** False when there is no such session, or it is just being ended. */
    boolean renew(String id) {
        SessionEntry session = states.latest().session(id);
        if (session == null) {
            return false;
        }
        if (session.ttlMillis() == 0) {
            return true;
        }
        Lease lease = lease(session);
        if (lease.ending) {
            return false;
        }
        lease.end.moveTo(loop.nowMillis() + graceMillis(session.ttlMillis()));
        return true;
    }

    int size() {
        return leases.size();
    }

    private Lease lease(SessionEntry session) {
        return leases.computeIfAbsent(
                session.id(),
                id -> new Lease(id, loop, loop.nowMillis() + graceMillis(session.ttlMillis()), this::ended));
    }

    private void ended(Lease lease) {
        if (states.latest().session(lease.id) == null) {
            leases.remove(lease.id, lease);
            return;
        }
        if (!lease.ending) {
            LOG.info("Session {} was not renewed in time and ends", lease.id);
        }
        lease.ending = true;
        proposals.propose(new Command.DestroySession(lease.id), (result, failure) -> written(lease, failure));
    }

    private void written(Lease lease, @Nullable Throwable failure) {
        if (leases.get(lease.id) != lease) {
            return;
        }
        if (failure == null) {
            leases.remove(lease.id);
        } else {
            LOG.debug("The end of session {} could not be written: {}", lease.id, failure.getMessage());
            lease.end.moveTo(loop.nowMillis() + RETRY_MILLIS + random.nextInt(RETRY_MILLIS));
        }
    }
}
