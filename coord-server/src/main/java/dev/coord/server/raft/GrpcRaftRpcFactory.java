package dev.coord.server.raft;

import com.alipay.sofa.jraft.option.RpcOptions;
import com.alipay.sofa.jraft.rpc.RaftRpcFactory;
import com.alipay.sofa.jraft.rpc.RpcClient;
import com.alipay.sofa.jraft.rpc.RpcServer;
import com.alipay.sofa.jraft.util.Endpoint;
import com.alipay.sofa.jraft.util.SPI;
import org.jspecify.annotations.Nullable;

/**
 * Makes JRaft talk through our transport. Public only because JRaft looks it up by name, from {@code META-INF/services};
 * its priority wins over JRaft's own, whose libraries are not on the class path.
 */
@SPI(priority = 10)
public final class GrpcRaftRpcFactory implements RaftRpcFactory {

    /** For JRaft's service loader. */
    public GrpcRaftRpcFactory() {}

    /** Nothing to do: our transport carries protobuf as it is. */
    @Override
    public void registerProtobufSerializer(String className, Object... args) {}

    /** Carries a node's options to its client: JRaft asks for this first and hands it to {@link #createRpcClient}. */
    private record OptionsCarrier(PeerNodeOptions options) implements ConfigHelper<RpcClient> {
        @Override
        public void config(RpcClient client) {}
    }

    @Override
    public ConfigHelper<RpcClient> defaultJRaftClientConfigHelper(RpcOptions options) {
        return new OptionsCarrier((PeerNodeOptions) options);
    }

    @Override
    public RpcClient createRpcClient(@Nullable ConfigHelper<RpcClient> helper) {
        if (helper instanceof OptionsCarrier carrier) {
            return new GrpcRpcClient(carrier.options);
        }
        throw new UnsupportedOperationException("only a node of RaftNode's making may talk");
    }

    /** Never asked for: {@link PeerServer} is made by {@link RaftConsensus}, which knows its address and keys. */
    @Override
    public RpcServer createRpcServer(Endpoint endpoint, @Nullable ConfigHelper<RpcServer> helper) {
        throw new UnsupportedOperationException("the Raft port is opened by RaftConsensus");
    }

    /** One stream for each peer keeps the order that pipelining needs. */
    @Override
    public boolean isReplicatorPipelineEnabled() {
        return true;
    }
}
