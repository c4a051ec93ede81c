package dev.coord.server.raft;

import dev.coord.server.command.LeadershipListener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who leads, as this server has it from Raft. The state machine's thread writes, anybody reads; listeners are told in order
 * by the executor given.
 */
final class Leadership {

    private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

    /**
     * @param leading this server leads and has applied all that was committed before its term
     * @param leaderAddress Raft address of the leader; null while none is known
     */
    record View(boolean leading, @Nullable String leaderAddress, long term) {}

    private final Supplier<String> selfAddress;
    private final Executor executor;
    private final List<LeadershipListener> listeners;
    private final CopyOnWriteArrayList<Runnable> changeListeners = new CopyOnWriteArrayList<>();

    /** Written by the state machine's thread, read by anybody. */
    private volatile View view = new View(false, null, 0);

    /** @param executor runs one task after the other */
    Leadership(Supplier<String> selfAddress, List<LeadershipListener> listeners, Executor executor) {
        this.selfAddress = selfAddress;
        this.listeners = List.copyOf(listeners);
        this.executor = executor;
    }

    View view() {
        return view;
    }

    /** Adds one to be run by the state machine's thread after each change; must not block. */
    void onChange(Runnable listener) {
        changeListeners.add(listener);
    }

    void leading(long term) {
        view = new View(true, selfAddress.get(), term);
        LOG.info("This server leads, term {}", term);
        executor.execute(() -> listeners.forEach(listener -> listener.leading(term)));
        changeListeners.forEach(Runnable::run);
    }

    void following(@Nullable String leaderAddress, long term, String why) {
        View before = view;
        view = new View(false, leaderAddress, Math.max(term, before.term));
        if (before.leading) {
            LOG.info("This server leads no more: {}", why);
            executor.execute(() -> listeners.forEach(LeadershipListener::following));
        }
        if (leaderAddress != null) {
            LOG.info("The server at {} leads, term {}", leaderAddress, term);
        }
        changeListeners.forEach(Runnable::run);
    }
}
