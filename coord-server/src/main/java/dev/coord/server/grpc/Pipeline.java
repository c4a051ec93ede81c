package dev.coord.server.grpc;

import dev.coord.api.v1.DeleteRequest;
import dev.coord.api.v1.GetRequest;
import dev.coord.api.v1.PipelineError;
import dev.coord.api.v1.PipelineRequest;
import dev.coord.api.v1.PipelineResponse;
import dev.coord.api.v1.PutRequest;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandResult;
import dev.coord.server.state.State;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Many KV requests on one stream, answered as they complete.
 *
 * <p>Order: on the leader writes are proposed as they come in, for the log keeps their order. On a follower two forwarded
 * writes could overtake each other, so there each waits for the one before. A read waits for the writes sent before it.
 *
 * <p>Bounds: the stream is read only while fewer than {@code pipelineInFlightMax} requests, of fewer than
 * {@code pipelineBytesMax} bytes, are unanswered and the client takes its answers; HTTP/2 flow control then stops the client.
 *
 * <p>Threads: requests come in on one event loop, one at a time; answers from any thread.
 */
final class Pipeline implements StreamObserver<PipelineRequest> {

    /** How many requests are asked for at once: asking costs a task on the event loop. Part of what may go over a bound. */
    private static final int READ_AHEAD = 32;

    private final Caller caller;
    private final Reads reads;
    private final Writes writes;
    private final ClusterView view;
    private final KvRequests requests;
    private final ServerCallStreamObserver<PipelineResponse> out;
    private final int inFlightMax;
    private final int bytesMax;

    /** Asked for and not received yet. Any thread. */
    private final AtomicInteger askedFor = new AtomicInteger();
    /** Received and not answered yet. Any thread. */
    private final AtomicInteger inFlight = new AtomicInteger();

    private final AtomicLong bytesInFlight = new AtomicLong();
    /** Complete and not sent yet; filled by any thread, emptied by the one that raised {@link #sending} from 0. */
    private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();

    private final AtomicInteger sending = new AtomicInteger();
    private final AtomicBoolean completed = new AtomicBoolean();
    /** The client sends no more. Written by the event loop, read by any thread. */
    private volatile boolean halfClosed;

    /** Complete when all writes received so far are. Event loop only. */
    private CompletableFuture<?> written = CompletableFuture.completedFuture(null);
    /** A forwarded write is among those not complete. Event loop only. */
    private boolean forwarding;

    private record Answer(PipelineResponse response, int requestBytes) {}

    Pipeline(
            Caller caller,
            Reads reads,
            Writes writes,
            ClusterView view,
            KvRequests requests,
            GrpcOptions.Limits limits,
            ServerCallStreamObserver<PipelineResponse> out) {
        this.caller = caller;
        this.reads = reads;
        this.writes = writes;
        this.view = view;
        this.requests = requests;
        this.out = out;
        inFlightMax = limits.pipelineInFlightMax();
        bytesMax = limits.pipelineBytesMax();
        out.disableAutoRequest();
        out.setOnCancelHandler(answers::clear);
        out.setOnReadyHandler(this::readOn);
    }

    @Override
    public void onNext(PipelineRequest request) {
        askedFor.decrementAndGet();
        inFlight.incrementAndGet();
        int bytes = request.getSerializedSize();
        bytesInFlight.addAndGet(bytes);
        try {
            Completion.of(accept(request), (response, failure) -> {
                PipelineResponse.Builder answer = failure == null ? response : error(failure);
                answer(new Answer(answer.setId(request.getId()).build(), bytes));
            });
        } catch (RuntimeException refused) {
            answer(new Answer(error(refused).setId(request.getId()).build(), bytes));
        }
        readOn();
    }

    private CompletableFuture<PipelineResponse.Builder> accept(PipelineRequest request) {
        requests.admit(request.hasGet());
        return switch (request.getRequestCase()) {
            case GET -> get(request.getGet());
            case PUT -> put(request.getPut());
            case DELETE -> delete(request.getDelete());
            case REQUEST_NOT_SET ->
                throw Statuses.invalid(
                        "Request " + request.getId() + " of the pipeline is neither get, put nor delete");
        };
    }

    private CompletableFuture<PipelineResponse.Builder> get(GetRequest request) {
        CompletableFuture<State> state = written.isDone()
                ? reads.state(request.getConsistency())
                : written.thenCompose(done -> reads.state(request.getConsistency()));
        return state.thenApply(
                found -> PipelineResponse.newBuilder().setGet(requests.get(found, request, caller.in(found))));
    }

    private CompletableFuture<PipelineResponse.Builder> put(PutRequest request) {
        return write(requests.put(request, caller.in(reads.latest())))
                .thenApply(result -> PipelineResponse.newBuilder().setPut(requests.put(result)));
    }

    private CompletableFuture<PipelineResponse.Builder> delete(DeleteRequest request) {
        return write(requests.delete(request, caller.in(reads.latest())))
                .thenApply(result -> PipelineResponse.newBuilder().setDelete(requests.delete(result)));
    }

    private CompletableFuture<CommandResult> write(Command command) {
        boolean idle = written.isDone();
        forwarding = !view.isLeader() || (forwarding && !idle);
        CompletableFuture<CommandResult> result = idle || !forwarding
                ? writes.execute(caller, command)
                : written.thenCompose(done -> writes.execute(caller, command));
        CompletableFuture<?> settled = result.handle((done, failure) -> null);
        written = idle ? settled : written.thenCombine(settled, (before, now) -> null);
        return result;
    }

    private static PipelineResponse.Builder error(Throwable failure) {
        Status status = Statuses.of(failure).getStatus();
        String description = status.getDescription();
        return PipelineResponse.newBuilder()
                .setError(PipelineError.newBuilder()
                        .setCode(status.getCode().value())
                        .setMessage(description == null ? status.getCode().name() : description));
    }

    /** Sends an answer; {@code out} is not safe from several threads, so one thread sends what the others left. */
    private void answer(Answer answer) {
        answers.add(answer);
        if (sending.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            send();
            seen = sending.addAndGet(-seen);
        } while (seen != 0);
        readOn();
        completeWhenDone();
    }

    private void send() {
        for (Answer next = answers.poll(); next != null; next = answers.poll()) {
            if (!out.isCancelled()) {
                out.onNext(next.response());
            }
            bytesInFlight.addAndGet(-next.requestBytes());
            inFlight.decrementAndGet();
        }
    }

    private void readOn() {
        int asked = askedFor.get();
        boolean room = inFlight.get() + asked + READ_AHEAD <= inFlightMax && bytesInFlight.get() < bytesMax;
        if (room && asked <= READ_AHEAD / 2 && out.isReady() && askedFor.compareAndSet(asked, asked + READ_AHEAD)) {
            out.request(READ_AHEAD);
        }
    }

    private void completeWhenDone() {
        if (halfClosed && inFlight.get() == 0 && completed.compareAndSet(false, true)) {
            out.onCompleted();
        }
    }

    @Override
    public void onCompleted() {
        halfClosed = true;
        completeWhenDone();
    }

    @Override
    public void onError(Throwable failure) {
        // The client is gone: what is under way goes on, its answers are dropped.
        answers.clear();
    }
}
