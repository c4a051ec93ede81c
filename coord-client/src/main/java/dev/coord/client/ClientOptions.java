package dev.coord.client;

import io.grpc.ChannelCredentials;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What the builder was told. */
record ClientOptions(
        List<String> addresses,
        ChannelCredentials credentials,
        @Nullable String token,
        Duration deadline,
        Duration firstBackoff,
        Duration longestBackoff,
        Duration membersInterval,
        Duration silenceMax,
        String nodeName,
        String nodeAddress,
        @Nullable Executor executor,
        RandomGenerator random) {}
