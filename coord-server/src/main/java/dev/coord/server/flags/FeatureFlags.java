package dev.coord.server.flags;

import dev.coord.server.state.FlagSetEntry;
import dev.coord.server.state.State;
import dev.coord.server.state.StateReader;
import dev.coord.server.watch.Topics;
import dev.coord.streaming.Hub;
import dev.coord.streaming.HubFullException;
import dev.coord.streaming.Waiter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which of the servers' features are on, by the set {@value Feature#SET} of this server's state. Follows every change.
 *
 * <p>To ask is safe from any thread, never blocks and never fails; of a feature whose flag has no rule it costs two reads of
 * memory. A change counts a moment after it was applied. Listeners are called on a thread of this class, one at a time.
 */
public final class FeatureFlags implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(FeatureFlags.class);
    private static final long RETRY_SECONDS = 1;

    private final StateReader reader;
    private final Hub hub;
    private final Map<String, String> server;
    private final @Nullable FlagOverride override;
    private final ScheduledThreadPoolExecutor thread;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /** Written by this class's thread, read by any. */
    private volatile FeatureSnapshot snapshot;
    /** Written by this class's thread, read by close. */
    private volatile @Nullable Waiter waiter;

    /**
     * Knows nothing of flags before {@link #start}: every feature is as without one.
     *
     * @param server what rules can go by: {@code node}, {@code datacenter}, and {@code zone} if this server has one
     */
    public FeatureFlags(StateReader reader, Hub hub, Map<String, String> server) {
        this(reader, hub, server, null);
    }

    /** @param override what counts here before the replicated flags; null: nothing does */
    public FeatureFlags(StateReader reader, Hub hub, Map<String, String> server, @Nullable FlagOverride override) {
        this.override = override;
        this.reader = reader;
        this.hub = hub;
        this.server = Map.copyOf(server);
        snapshot = FeatureSnapshot.of(null, this.server);
        thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread following = new Thread(task, "coord-features");
            following.setDaemon(true);
            return following;
        });
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** Begins to follow the set. Returns at once. */
    public void start() {
        thread.execute(this::look);
        if (override != null) {
            var unused =
                    thread.scheduleWithFixedDelay(this::followOverride, RETRY_SECONDS, RETRY_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** Needs no leader, and no change of the state. */
    private void followOverride() {
        try {
            followIfOther(reader.latest());
        } catch (RuntimeException e) {
            LOG.error("the override of flags can't be followed: features stay as they are", e);
        }
    }

    /** Calls after every change of a flag; and once it follows. Must not block. */
    public void addListener(Runnable listener) {
        listeners.add(listener);
    }

    /** Whether a feature with two choices is on here. */
    public boolean isOn(Feature feature) {
        return snapshot.isOn(feature);
    }

    /**
     * Whether it is on for a service.
     *
     * @param client the client's address; empty: unknown
     */
    public boolean isOn(Feature feature, String service, String client) {
        return snapshot.isOn(feature, service, client);
    }

    /** Whether there is a flag for it. */
    public boolean isSet(Feature feature) {
        return snapshot.isSet(feature);
    }

    /** What a feature with several choices is here: one of {@link Feature#choices()}. */
    public String choice(Feature feature) {
        return snapshot.choice(feature);
    }

    FeatureSnapshot snapshot() {
        return snapshot;
    }

    private void look() {
        State state = reader.latest();
        try {
            followIfOther(state);
        } catch (RuntimeException e) {
            LOG.error("the flags of set {} can't be read: features stay as they are", Feature.SET, e);
        }
        try {
            waiter = hub.await(Topics.flagSet(Feature.SET), state.revision(), this::lookSoon);
        } catch (HubFullException e) {
            LOG.warn("features are looked at again in {} s: {}", RETRY_SECONDS, e.getMessage());
            var unused = thread.schedule(this::look, RETRY_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void followIfOther(State state) {
        FlagSetEntry agreed = state.flagSet(Feature.SET);
        FlagSetEntry set = override == null ? agreed : override.over(agreed);
        if (!snapshot.isMadeOf(set)) {
            follow(set);
        }
    }

    private void follow(@Nullable FlagSetEntry set) {
        FeatureSnapshot before = snapshot;
        FeatureSnapshot after = FeatureSnapshot.of(set, server);
        snapshot = after;
        for (Feature feature : Feature.values()) {
            if (feature.reach() == Feature.Reach.SERVERS
                    && !before.choice(feature).equals(after.choice(feature))) {
                LOG.info("feature {} is now {}, was {}", feature.flag(), after.choice(feature), before.choice(feature));
            }
        }
        for (Runnable listener : listeners) {
            try {
                listener.run();
            } catch (RuntimeException e) {
                LOG.error("a change of features could not be carried out", e);
            }
        }
    }

    /** Called by the hub. */
    private void lookSoon() {
        try {
            thread.execute(this::look);
        } catch (java.util.concurrent.RejectedExecutionException e) {
            LOG.debug("features are followed no more: this server is stopping");
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
        Waiter waiting = waiter;
        if (waiting != null) {
            waiting.cancel();
        }
    }
}
