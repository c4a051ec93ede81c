package dev.coord.server.raft;

import com.alipay.sofa.jraft.error.InvokeTimeoutException;
import com.alipay.sofa.jraft.error.RemotingException;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.coord.api.raft.v1.PeerGrpc;
import dev.coord.api.raft.v1.RaftRequest;
import dev.coord.api.raft.v1.RaftResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to one other server: a channel, and on it one stream that carries Raft's messages in the order in which they were
 * sent. Once asked to connect it keeps trying until closed. Safe from any thread; nothing blocks but {@link
 * #awaitConnected}.
 *
 * <p>Bounds: {@link #CALLS_MAX} calls and {@link #BYTES_MAX} bytes unanswered; a call above fails at once, and JRaft sends
 * it again.
 */
final class PeerConnection {

    /** The most calls without an answer. */
    static final int CALLS_MAX = 4_096;
    /** The most bytes of calls without an answer. */
    static final long BYTES_MAX = 64L * 1024 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(PeerConnection.class);
    /** A stream that broke is opened again after this long; one that was refused after ten times as long. */
    private static final long RECONNECT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** A server that does not answer is tried again after this long. */
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    /** What became of a call: the answer, or why there is none. Called once, by a thread that must not be blocked. */
    interface Answer {
        void complete(@Nullable Message response, @Nullable Throwable error);
    }

    private record Pending(Answer answer, long deadlineNanos, int bytes) {}

    private final String address;
    private final ManagedChannel channel;
    private final Failure failure;
    private final String owner;
    private final Consumer<String> connected;
    private final AtomicLong ids = new AtomicLong();

    /** Guarded by this for writing; read by anybody. Null: not asked to connect, or waiting to try again. */
    private volatile @Nullable Stream stream;
    /** Guarded by this. */
    private boolean wanted;
    /** Guarded by this. */
    private boolean closed;
    /** Guarded by this: not before then. */
    private long reconnectAtNanos;
    /** Written by the channel's threads, read by anybody: when this server last said anything; 0: never. */
    private volatile long heardAtNanos;
    /** Guarded by this: the reason logged last, so that each is logged once. */
    private String refusalLogged = "";

    /**
     * @param owner who we are, for the log
     * @param connected told this address, by a thread of the channel, when the stream has come up
     */
    PeerConnection(String address, ManagedChannel channel, Failure failure, String owner, Consumer<String> connected) {
        this.address = address;
        this.channel = channel;
        this.failure = failure;
        this.owner = owner;
        this.connected = connected;
    }

    String address() {
        return address;
    }

    /** For the calls that are no stream. */
    ManagedChannel channel() {
        return channel;
    }

    boolean isConnected() {
        Stream current = stream;
        return current != null && current.up;
    }

    /** Milliseconds since the other side last said anything; {@link Long#MAX_VALUE} when it never did. */
    long silentMillis() {
        long heard = heardAtNanos;
        return heard == 0 ? Long.MAX_VALUE : TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - heard);
    }

    /** The other side has answered a call on the channel. */
    void heard() {
        long now = System.nanoTime();
        heardAtNanos = now == 0 ? 1 : now;
    }

    /** Left alone, gRPC would let a call to a server that did not answer before fail without trying. */
    void tryAtOnce() {
        if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
            channel.resetConnectBackoff();
        }
    }

    /** Opens the stream and from now on keeps it open. */
    synchronized void connect() {
        wanted = true;
        if (stream == null && !closed && System.nanoTime() - reconnectAtNanos >= 0) {
            Stream opening = new Stream();
            stream = opening;
            opening.open();
        }
    }

    /** Waits for the stream to come up; gives up at once when the address is known not to answer. */
    boolean awaitConnected(long millis) throws InterruptedException {
        connect();
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        synchronized (this) {
            while (!isConnected() && channel.getState(false) != ConnectivityState.TRANSIENT_FAILURE) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    return false;
                }
                wait(Math.min(left, 10));
            }
        }
        return isConnected();
    }

    /**
     * Sends a message. The bytes are taken before this returns: JRaft uses its buffers again as it likes.
     *
     * @throws RemotingException if it was not sent
     */
    void send(Message request, long timeoutMillis, Answer answer) throws RemotingException {
        if (failure.failed()) {
            throw new RemotingException("this server has failed");
        }
        Stream current = stream;
        if (current == null || !current.up) {
            throw new RemotingException("not connected to " + address);
        }
        current.send(
                RaftRequest.newBuilder()
                        .setId(ids.incrementAndGet())
                        .setType(RaftMessages.type(request))
                        .setMessage(request.toByteString())
                        .build(),
                System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis),
                answer);
    }

    /** Lets calls time out and opens the stream again where it broke. Called every few dozen milliseconds. */
    void tick() {
        Stream current = stream;
        if (current != null) {
            current.expire();
            if (!current.up && channel.getState(true) == ConnectivityState.TRANSIENT_FAILURE) {
                retrySoon();
            }
        } else {
            synchronized (this) {
                if (wanted) {
                    connect();
                }
            }
        }
    }

    /** Left alone, gRPC would wait longer after each failure, up to two minutes. */
    private synchronized void retrySoon() {
        long now = System.nanoTime();
        if (now - reconnectAtNanos >= 0) {
            reconnectAtNanos = now + RETRY_NANOS;
            channel.resetConnectBackoff();
        }
    }

    /** Breaks the stream; it is opened again when next asked for. */
    void disconnect() {
        Stream current;
        synchronized (this) {
            wanted = false;
            current = stream;
        }
        if (current != null) {
            current.call.cancel("disconnected", null);
        }
    }

    void close() {
        synchronized (this) {
            closed = true;
        }
        channel.shutdownNow();
    }

    private synchronized void ended(Stream ending, Status status) {
        if (stream == ending) {
            stream = null;
        }
        boolean refused = status.getCode() == Status.Code.FAILED_PRECONDITION;
        reconnectAtNanos = System.nanoTime() + (refused ? 10 * RECONNECT_NANOS : RECONNECT_NANOS);
        String description = String.valueOf(status.getDescription());
        if (refused && !refusalLogged.equals(description)) {
            refusalLogged = description;
            LOG.error("The server at {} refuses {}: {}", address, owner, description);
        }
        notifyAll();
    }

    /** One life of the stream. */
    private final class Stream extends ClientCall.Listener<RaftResponse> {

        private final ClientCall<RaftRequest, RaftResponse> call =
                channel.newCall(PeerGrpc.getRaftMethod(), CallOptions.DEFAULT.withWaitForReady());
        private final Map<Long, Pending> pending = new ConcurrentHashMap<>();
        private final AtomicLong pendingBytes = new AtomicLong();

        /** Written by the channel's threads, read by anybody: the other side has greeted and nothing has broken since. */
        private volatile boolean up;
        /** Guarded by this. */
        private boolean over;

        private void open() {
            call.start(this, new Metadata());
            call.request(1);
        }

        private synchronized void send(RaftRequest request, long deadlineNanos, Answer answer)
                throws RemotingException {
            int bytes = request.getMessage().size();
            if (over) {
                throw new RemotingException("the connection to " + address + " broke");
            }
            if (pending.size() >= CALLS_MAX || pendingBytes.get() + bytes > BYTES_MAX) {
                throw new RemotingException("too much is unanswered by " + address + ": " + pending.size()
                        + " calls of at most " + CALLS_MAX + ", " + pendingBytes.get() + " bytes of at most "
                        + BYTES_MAX);
            }
            pending.put(request.getId(), new Pending(answer, deadlineNanos, bytes));
            pendingBytes.addAndGet(bytes);
            call.sendMessage(request);
        }

        @Override
        public void onMessage(RaftResponse response) {
            heard();
            call.request(1);
            if (response.getId() == 0) {
                // The greeting: the stream is up.
                up = true;
                LOG.info("Connected to the server at {}", address);
                synchronized (PeerConnection.this) {
                    PeerConnection.this.notifyAll();
                }
                connected.accept(address);
                return;
            }
            Pending answered = take(response.getId());
            if (answered == null) {
                return;
            }
            if (!response.getError().isEmpty()) {
                answered.answer.complete(null, new RemotingException(address + " answered: " + response.getError()));
                return;
            }
            try {
                answered.answer.complete(RaftMessages.parse(response.getType(), response.getMessage()), null);
            } catch (InvalidProtocolBufferException e) {
                answered.answer.complete(null, new RemotingException(address + " sent what can't be read", e));
            }
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            boolean wasUp;
            synchronized (this) {
                over = true;
                wasUp = up;
                up = false;
            }
            if (wasUp) {
                LOG.info("Lost the connection to the server at {}: {}", address, status.getCode());
            }
            ended(this, status);
            pending.keySet().forEach(id -> {
                Pending lost = take(id);
                if (lost != null) {
                    lost.answer.complete(
                            null, new RemotingException("the connection to " + address + " broke: " + status));
                }
            });
        }

        private void expire() {
            long now = System.nanoTime();
            pending.forEach((id, call) -> {
                if (now - call.deadlineNanos >= 0 && take(id) != null) {
                    call.answer.complete(null, new InvokeTimeoutException(address + " did not answer in time"));
                }
            });
        }

        private @Nullable Pending take(long id) {
            Pending taken = pending.remove(id);
            if (taken != null) {
                pendingBytes.addAndGet(-taken.bytes);
            }
            return taken;
        }
    }
}
