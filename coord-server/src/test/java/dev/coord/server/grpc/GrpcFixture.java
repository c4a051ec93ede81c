package dev.coord.server.grpc;

import com.google.protobuf.ByteString;
import dev.coord.api.v1.KVGrpc;
import dev.coord.api.v1.PutRequest;
import dev.coord.server.LocalConsensus;
import dev.coord.server.LocalLeases;
import dev.coord.server.acl.AccessControl;
import dev.coord.server.flags.FlagWrites;
import dev.coord.server.rollout.RolloutEngine;
import dev.coord.server.rollout.Rollouts;
import dev.coord.server.watch.WatchSteering;
import dev.coord.streaming.Hub;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.ShardedHub;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A real API on a loopback port over a real hub, with consensus of one. */
final class GrpcFixture implements AutoCloseable {

    final Hub hub;
    final WatchSteering steering = new WatchSteering();
    final LocalConsensus consensus;
    final LocalLeases leases;
    /** Not started: nobody moves a rollout on. */
    final RolloutEngine rollouts;

    final GrpcApi api;
    final ManagedChannel channel;

    GrpcFixture() throws IOException {
        this(HubOptions.defaults(), GrpcOptions.Limits.defaults().withBookmarkInterval(Duration.ofMillis(300)));
    }

    GrpcFixture(HubOptions hubOptions, GrpcOptions.Limits limits) throws IOException {
        this(hubOptions, limits, AccessControl.OFF);
    }

    GrpcFixture(AccessControl access) throws IOException {
        this(HubOptions.defaults(), GrpcOptions.Limits.defaults().withBookmarkInterval(Duration.ofMillis(300)), access);
    }

    private GrpcFixture(HubOptions hubOptions, GrpcOptions.Limits limits, AccessControl access) throws IOException {
        hub = new ShardedHub(hubOptions);
        consensus = new LocalConsensus(System::currentTimeMillis, hub);
        leases = new LocalLeases(consensus);
        rollouts = new RolloutEngine(consensus, consensus, consensus, Map::of, System::currentTimeMillis);
        api = new GrpcApi(
                consensus,
                consensus,
                consensus,
                leases,
                hub,
                steering,
                access,
                new FlagWrites(consensus, consensus),
                new GrpcOptions("127.0.0.1", 0, null, limits));
        api.offerRollouts(new Rollouts(consensus, consensus, List.of()), rollouts);
        api.start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", api.port())
                .usePlaintext()
                .maxInboundMessageSize(64 << 20)
                .build();
    }

    KVGrpc.KVBlockingStub kv() {
        return KVGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    long put(String key, String value) {
        return kv().put(PutRequest.newBuilder()
                        .setKey(key)
                        .setValue(ByteString.copyFromUtf8(value))
                        .build())
                .getRevision();
    }

    @Override
    public void close() {
        channel.shutdownNow();
        api.close();
        hub.close();
    }
}
