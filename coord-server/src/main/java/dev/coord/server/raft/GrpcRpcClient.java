package dev.coord.server.raft;

import com.alipay.sofa.jraft.ReplicatorGroup;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.error.InvokeTimeoutException;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.error.RemotingException;
import com.alipay.sofa.jraft.option.RpcOptions;
import com.alipay.sofa.jraft.rpc.InvokeCallback;
import com.alipay.sofa.jraft.rpc.InvokeContext;
import com.alipay.sofa.jraft.rpc.RpcClient;
import com.alipay.sofa.jraft.rpc.RpcRequests.ErrorResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.PingRequest;
import com.alipay.sofa.jraft.util.Endpoint;
import com.google.protobuf.Message;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** JRaft's calls to other servers, on our {@link PeerConnections}. Safe from any thread. */
final class GrpcRpcClient implements RpcClient {

    private static final Logger LOG = LoggerFactory.getLogger(GrpcRpcClient.class);

    /**
     * JRaft waits for a connection while it holds its node lock, before each vote that it asks for: long enough for a
     * server that is there, too short to hold up an election for one that is not.
     */
    private static final long CONNECT_MILLIS_MAX = 100;

    private final PeerNodeOptions options;

    GrpcRpcClient(PeerNodeOptions options) {
        this.options = options;
    }

    @Override
    public boolean init(RpcOptions rpcOptions) {
        return true;
    }

    private PeerConnection to(Endpoint endpoint) {
        return options.connections().to(endpoint.toString());
    }

    /** The connections outlive JRaft's node: who made them closes them. */
    @Override
    public void shutdown() {}

    @Override
    public boolean checkConnection(Endpoint endpoint) {
        return to(endpoint).isConnected();
    }

    @Override
    public boolean checkConnection(Endpoint endpoint, boolean createIfAbsent) {
        PeerConnection connection = to(endpoint);
        if (createIfAbsent) {
            connection.connect();
        }
        return connection.isConnected();
    }

    @Override
    public void closeConnection(Endpoint endpoint) {
        to(endpoint).disconnect();
    }

    /** A replicator that could not be started for want of a connection is started when there is one. */
    @Override
    public void registerConnectEventListener(ReplicatorGroup replicators) {
        options.connections().onConnected(address -> {
            PeerId peer = new PeerId();
            if (peer.parse(address)) {
                try {
                    options.executor().execute(() -> replicators.checkReplicator(peer, true));
                } catch (RejectedExecutionException e) {
                    LOG.debug("Stopping: no replicator is started for {}", address);
                }
            }
        });
    }

    @Override
    public Object invokeSync(Endpoint endpoint, Object request, @Nullable InvokeContext context, long timeoutMillis)
            throws InterruptedException, RemotingException {
        PeerConnection connection = to(endpoint);
        if (!connection.awaitConnected(Math.min(timeoutMillis, CONNECT_MILLIS_MAX))) {
            if (request instanceof PingRequest) {
                // No news that JRaft should log as an error each time: our connections say when they come and go.
                return ErrorResponse.newBuilder()
                        .setErrorCode(RaftError.EHOSTDOWN.getNumber())
                        .build();
            }
            throw new RemotingException("not connected to " + endpoint);
        }
        CompletableFuture<Message> answer = new CompletableFuture<>();
        connection.send((Message) request, timeoutMillis, (response, error) -> {
            if (error != null) {
                answer.completeExceptionally(error);
            } else {
                answer.complete(response);
            }
        });
        try {
            return answer.get(timeoutMillis, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new InvokeTimeoutException(endpoint + " did not answer in " + timeoutMillis + " ms", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RemotingException remoting ? remoting : new RemotingException(e.getCause());
        }
    }

    @Override
    public void invokeAsync(
            Endpoint endpoint,
            Object request,
            @Nullable InvokeContext context,
            InvokeCallback callback,
            long timeoutMillis)
            throws RemotingException {
        Executor executor = callback.executor() == null ? options.executor() : callback.executor();
        to(endpoint).send((Message) request, timeoutMillis, (response, error) -> {
            try {
                executor.execute(() -> callback.complete(response, error));
            } catch (RejectedExecutionException e) {
                LOG.debug("JRaft has stopped and wants no answer from {} any more", endpoint);
            }
        });
    }
}
