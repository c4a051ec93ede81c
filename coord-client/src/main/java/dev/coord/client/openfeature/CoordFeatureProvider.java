package dev.coord.client.openfeature;

import dev.coord.client.CoordClient;
import dev.coord.client.CoordException;
import dev.coord.client.FlagDefinition;
import dev.coord.client.ReadMode;
import dev.coord.client.Watch;
import dev.coord.client.WatchListener;
import dev.coord.client.WatchMode;
import dev.coord.client.WatchTarget;
import dev.coord.client.WatchUpdate;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.EventProvider;
import dev.openfeature.sdk.Metadata;
import dev.openfeature.sdk.ProviderEvaluation;
import dev.openfeature.sdk.ProviderEventDetails;
import dev.openfeature.sdk.Value;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gives a program the flags of one set of the store. Flags come by a watch and are evaluated in this process, by flagd's own
 * library: an evaluation makes no call and never waits.
 *
 * <pre>{@code
 * CoordClient coord = CoordClient.builder().address("127.0.0.1:8502").build();
 * OpenFeatureAPI.getInstance().setProviderAndWait(new CoordFeatureProvider(coord, "web"));
 * }</pre>
 *
 * <p>A set that does not exist has no flags, and may come to exist later. While no server can be reached the flags stay as they
 * were and the provider is stale; a program that begins then gets what any server has, even one without a leader.
 *
 * <p>Safe from any thread. The client stays its owner's to close; {@link #shutdown} ends the watch.
 */
public final class CoordFeatureProvider extends EventProvider {

    private static final Duration READY_MAX_DEFAULT = Duration.ofSeconds(10);
    /** How long a picture that is the newest for sure is waited for, before any server's does. */
    private static final Duration NEWEST_MAX = Duration.ofSeconds(2);

    private final CoordClient client;
    private final String flagSet;
    private final Duration readyMax;

    /** Of the watch that counts: one that was given up may still be in a call. */
    private volatile Follower follower = new Follower();
    /** Guarded by this. */
    private @Nullable Watch<FlagDefinition> watch;

    /** Of the set of that name, which is the service's by custom; {@code default} is what flagd's clients get unasked. */
    public CoordFeatureProvider(CoordClient client, String flagSet) {
        this(client, flagSet, READY_MAX_DEFAULT);
    }

    /** @param readyMax how long {@link #initialize} waits for the flags */
    public CoordFeatureProvider(CoordClient client, String flagSet, Duration readyMax) {
        this.client = client;
        this.flagSet = flagSet;
        this.readyMax = readyMax;
    }

    @Override
    public Metadata getMetadata() {
        return () -> "coord";
    }

    /**
     * Begins to follow the set and returns when its flags are there.
     *
     * @throws CoordException when they are not in time; the provider goes on trying, and tells when they came
     */
    @Override
    public synchronized void initialize(EvaluationContext context) {
        if (watch != null) {
            return;
        }
        Watch<FlagDefinition> newest = follow(ReadMode.LINEARIZABLE);
        try {
            newest.awaitReady(readyMax.compareTo(NEWEST_MAX) < 0 ? readyMax : NEWEST_MAX);
        } catch (CoordException notReady) {
            if (notReady.reason() != CoordException.Reason.TIMEOUT) {
                throw notReady;
            }
            newest.close();
            follow(ReadMode.STALE).awaitReady(readyMax);
        }
    }

    private Watch<FlagDefinition> follow(ReadMode reads) {
        Follower next = new Follower();
        follower = next;
        Watch<FlagDefinition> opened = client.watch(WatchTarget.flagSet(flagSet), WatchMode.STREAM, reads, next);
        watch = opened;
        return opened;
    }

    @Override
    public void shutdown() {
        Watch<FlagDefinition> open;
        synchronized (this) {
            open = watch;
            watch = null;
        }
        if (open != null) {
            open.close();
        }
        super.shutdown();
    }

    /** Called by its watch, one call at a time. */
    private final class Follower implements WatchListener<FlagDefinition> {

        private final Map<String, FlagDefinition> definitions = new HashMap<>();
        /** Written by the client's executor, read by any thread. */
        private volatile LocalFlags flags = LocalFlags.EMPTY;

        @Override
        public void updated(WatchUpdate<FlagDefinition> update) {
            if (update.first()) {
                definitions.clear();
            }
            update.changes().forEach(change -> {
                FlagDefinition after = change.after();
                if (after == null) {
                    definitions.remove(change.id());
                } else {
                    definitions.put(change.id(), after);
                }
            });
            LocalFlags before = flags;
            LocalFlags now = LocalFlags.of(definitions.values());
            flags = now;
            List<String> changed = now.differences(before);
            if (isGivenUp()) {
                return;
            }
            if (update.first()) {
                emitProviderReady(ProviderEventDetails.builder().build());
            } else if (!changed.isEmpty()) {
                emitProviderConfigurationChanged(
                        ProviderEventDetails.builder().flagsChanged(changed).build());
            }
        }

        @Override
        public void interrupted(CoordException why) {
            if (!isGivenUp()) {
                emitProviderStale(
                        ProviderEventDetails.builder().message(why.getMessage()).build());
            }
        }

        @Override
        public void resumed() {
            if (!isGivenUp()) {
                emitProviderReady(ProviderEventDetails.builder().build());
            }
        }

        @Override
        public void failed(CoordException why) {
            if (!isGivenUp()) {
                emitProviderError(
                        ProviderEventDetails.builder().message(why.getMessage()).build());
            }
        }

        private boolean isGivenUp() {
            return follower != this;
        }
    }

    @Override
    public ProviderEvaluation<Boolean> getBooleanEvaluation(
            String flag, Boolean codeDefault, EvaluationContext context) {
        return follower.flags.evaluate(flag, codeDefault, Boolean.class, context);
    }

    @Override
    public ProviderEvaluation<String> getStringEvaluation(String flag, String codeDefault, EvaluationContext context) {
        return follower.flags.evaluate(flag, codeDefault, String.class, context);
    }

    @Override
    public ProviderEvaluation<Integer> getIntegerEvaluation(
            String flag, Integer codeDefault, EvaluationContext context) {
        return follower.flags.evaluate(flag, codeDefault, Integer.class, context);
    }

    @Override
    public ProviderEvaluation<Double> getDoubleEvaluation(String flag, Double codeDefault, EvaluationContext context) {
        return follower.flags.evaluate(flag, codeDefault, Double.class, context);
    }

    @Override
    public ProviderEvaluation<Value> getObjectEvaluation(String flag, Value codeDefault, EvaluationContext context) {
        return follower.flags.evaluate(flag, codeDefault, Value.class, context);
    }
}
