package dev.coord.bench;

import dev.coord.server.command.Command;
import dev.coord.server.command.FlagAction;
import dev.coord.server.flags.Feature;
import dev.coord.server.flags.FeatureFlags;
import dev.coord.server.state.StateReader;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.ShardedHub;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a server's own path pays to ask whether a feature is on. Goal: under 100 ns and no allocation for a boolean without
 * targeting; run with {@code -prof gc}. {@link #byRule} is what streaming costs for a service once a rule decides.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FlagCheckBenchmark {

    private static final String SWITCH = "{\"state\":\"ENABLED\",\"variants\":{\"on\":true,\"off\":false},";

    private final ShardedHub hub = new ShardedHub(HubOptions.defaults().withShards(1));
    private FeatureFlags features;

    @Setup
    public void follow() throws InterruptedException {
        dev.coord.server.state.State state = dev.coord.server.state.State.empty()
                .apply(
                        new Command.ChangeFlags(
                                Feature.SET,
                                List.of(
                                        definition("answer-sharing", "\"defaultVariant\":\"on\"}"),
                                        definition(
                                                "streaming",
                                                "\"defaultVariant\":\"off\",\"targeting\":{\"if\":[{\"==\":"
                                                        + "[{\"var\":\"service\"},\"web\"]},\"on\"]}}")),
                                List.of(),
                                false,
                                0,
                                "bench",
                                FlagAction.PUT),
                        1)
                .state();
        features = new FeatureFlags(new Fixed(state), hub, Map.of("node", "one", "datacenter", "dc1"));
        CountDownLatch followed = new CountDownLatch(1);
        features.addListener(followed::countDown);
        features.start();
        followed.await();
        if (!features.isOn(Feature.ANSWER_SHARING) || !features.isOn(Feature.STREAMING, "web", "")) {
            throw new IllegalStateException("the flags are not followed");
        }
    }

    private static Command.ChangeFlags.Definition definition(String flag, String rest) {
        return new Command.ChangeFlags.Definition(flag, SWITCH + rest);
    }

    @TearDown
    public void close() {
        features.close();
        hub.close();
    }

    /** As HTTP asks for each answer that could be shared. */
    @Benchmark
    public boolean withoutTargeting() {
        return features.isOn(Feature.ANSWER_SHARING);
    }

    /** There is no flag of it. */
    @Benchmark
    public boolean unset() {
        return features.isOn(Feature.LEASE_READS);
    }

    /** As streams and polls of a service ask. */
    @Benchmark
    public boolean byRule() {
        return features.isOn(Feature.STREAMING, "web", "");
    }

    private record Fixed(dev.coord.server.state.State latest) implements StateReader {
        @Override
        public CompletableFuture<dev.coord.server.state.State> linearizable() {
            return CompletableFuture.completedFuture(latest);
        }
    }
}
