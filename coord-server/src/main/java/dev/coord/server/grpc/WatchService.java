package dev.coord.server.grpc;

import dev.coord.api.v1.Consistency;
import dev.coord.api.v1.Items;
import dev.coord.api.v1.PollRequest;
import dev.coord.api.v1.PollResponse;
import dev.coord.api.v1.WatchGrpc;
import dev.coord.api.v1.WatchRequest;
import dev.coord.api.v1.WatchStatsRequest;
import dev.coord.api.v1.WatchStatsResponse;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.state.State;
import dev.coord.server.watch.BlockingQuery;
import dev.coord.server.watch.BlockingQuery.Answer;
import dev.coord.server.watch.WatchSteering;
import dev.coord.streaming.Hub;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** {@code coord.v1.Watch}. Bound by hand, so that frames go out as the bytes that they were encoded to once. */
final class WatchService implements BindableService {

    /** How many streams are told at once to watch otherwise: so fast do clients come to ask anew. */
    private static final int ADVISED_PER_TICK_MAX = 250;

    private final String server;
    private final Hub hub;
    private final WatchSteering steering;
    private final Reads reads;
    private final WorkPool pool;
    private final ServiceSummaries summaries;
    private final BlockingQuery polls;
    private final GrpcOptions.Limits limits;
    private final LongSupplier nanoClock;
    /** Every watch that was begun and whose client is not gone. Any thread. */
    private final Set<WatchStream> open = ConcurrentHashMap.newKeySet();

    private volatile boolean stopping;

    WatchService(
            String server,
            Hub hub,
            WatchSteering steering,
            Reads reads,
            WorkPool pool,
            ServiceSummaries summaries,
            BlockingQuery polls,
            GrpcOptions.Limits limits,
            LongSupplier nanoClock) {
        this.server = server;
        this.hub = hub;
        this.steering = steering;
        this.reads = reads;
        this.pool = pool;
        this.summaries = summaries;
        this.polls = polls;
        this.limits = limits;
        this.nanoClock = nanoClock;
    }

    @Override
    public ServerServiceDefinition bindService() {
        MethodDescriptor<WatchRequest, EncodedFrame> watch = WatchGrpc.getWatchMethod().toBuilder(
                        WatchGrpc.getWatchMethod().getRequestMarshaller(), EncodedFrame.MARSHALLER)
                .build();
        MethodDescriptor<PollRequest, PollResponse> poll = WatchGrpc.getPollMethod();
        MethodDescriptor<WatchStatsRequest, WatchStatsResponse> stats = WatchGrpc.getStatsMethod();
        ServiceDescriptor service = ServiceDescriptor.newBuilder(WatchGrpc.SERVICE_NAME)
                .setSchemaDescriptor(WatchGrpc.getServiceDescriptor().getSchemaDescriptor())
                .addMethod(watch)
                .addMethod(poll)
                .addMethod(stats)
                .build();
        return ServerServiceDefinition.builder(service)
                .addMethod(watch, ServerCalls.asyncServerStreamingCall(this::watch))
                .addMethod(poll, ServerCalls.asyncUnaryCall(this::poll))
                .addMethod(stats, ServerCalls.asyncUnaryCall(this::stats))
                .build();
    }

    private void watch(WatchRequest request, StreamObserver<EncodedFrame> observer) {
        ServerCallStreamObserver<EncodedFrame> out = (ServerCallStreamObserver<EncodedFrame>) observer;
        WatchStream stream;
        try {
            Caller caller = Caller.current();
            WatchedSubject subject = WatchedSubject.of(request.getSubject(), summaries);
            stream = new WatchStream(
                    subject,
                    new WatchRights(caller, subject, reads.latest()),
                    caller.client(),
                    request.getSubject().hasAllServices() ? new ServiceListTail(summaries) : null,
                    request.getConsistency(),
                    request.getAfterRevision(),
                    hub,
                    steering,
                    reads,
                    pool,
                    limits,
                    nanoClock,
                    out);
            out.setOnCancelHandler(() -> {
                open.remove(stream);
                stream.cancel();
            });
            out.setOnCloseHandler(() -> open.remove(stream));
            out.setOnReadyHandler(stream::wake);
            stream.open();
        } catch (RuntimeException refused) {
            out.onError(Statuses.of(refused));
            return;
        }
        open.add(stream);
        if (stopping) {
            stop();
        }
    }

    private void poll(PollRequest request, StreamObserver<PollResponse> observer) {
        ServerCallStreamObserver<PollResponse> out = (ServerCallStreamObserver<PollResponse>) observer;
        AtomicReference<@Nullable CompletableFuture<?>> asked = new AtomicReference<>();
        out.setOnCancelHandler(() -> cancel(asked.get()));
        try {
            WatchedSubject subject = WatchedSubject.of(request.getSubject(), summaries);
            Caller caller = Caller.current();
            subject.require().accept(caller.in(reads.latest()));
            BlockingQuery.Question<Items> question = new BlockingQuery.Question<>(
                    subject.hub(),
                    subject.index(),
                    (state, index) -> items(subject, state, caller),
                    request.getIndex(),
                    request.getWaitMs(),
                    request.getConsistency() == Consistency.CONSISTENCY_STALE);
            pool.read(() -> {
                CompletableFuture<Answer<Items>> answer = polls.ask(question, pool::execute);
                asked.set(answer);
                if (out.isCancelled()) {
                    cancel(answer);
                }
                Completion.of(answer, (found, failure) -> answer(subject, caller.client(), found, failure, out));
            });
        } catch (RuntimeException refused) {
            out.onError(Statuses.of(refused));
        }
    }

    private static void cancel(@Nullable CompletableFuture<?> answer) {
        if (answer != null) {
            answer.cancel(false);
        }
    }

    private void answer(
            WatchedSubject subject,
            String client,
            Answer<Items> found,
            @Nullable Throwable failure,
            ServerCallStreamObserver<PollResponse> out) {
        if (out.isCancelled()) {
            return;
        }
        if (failure != null) {
            out.onError(Statuses.of(failure));
            return;
        }
        out.onNext(PollResponse.newBuilder()
                .setFreshness(reads.freshness(found.state()))
                .setIndex(found.index())
                .setItems(found.value())
                .setMeans(WatchStatsMapping.means(steering.meansFor(subject.hub(), client)))
                .build());
        out.onCompleted();
    }

    private Items items(WatchedSubject subject, State state, Caller caller) {
        Items.Builder items = Items.newBuilder();
        Authorizer may = caller.in(state);
        subject.require().accept(may);
        Cursor cursor = subject.items().apply(state, may);
        boolean more = cursor.fill(items, limits.pollBytesMax());
        if (more) {
            throw Status.RESOURCE_EXHAUSTED
                    .withDescription("The answer to the poll is larger than the limit of " + limits.pollBytesMax()
                            + " bytes: watch by stream, which sends it in parts, or poll less")
                    .asRuntimeException();
        }
        return items.build();
    }

    private void stats(WatchStatsRequest request, StreamObserver<WatchStatsResponse> out) {
        try {
            Caller.current().in(reads.latest()).requireRead(Resource.AGENT, server);
            int busiestMax = WatchStatsMapping.busiestMax(request);
            pool.read(() -> {
                out.onNext(WatchStatsMapping.toMessage(server, hub.stats(busiestMax)));
                out.onCompleted();
            });
        } catch (RuntimeException refused) {
            out.onError(Statuses.of(refused));
        }
    }

    /** Called by the timer. */
    void tick() {
        long now = nanoClock.getAsLong();
        long bookmarkNanos = limits.bookmarkNanos(open.size());
        int advised = 0;
        for (WatchStream stream : open) {
            stream.tick(now, bookmarkNanos);
            if (advised < ADVISED_PER_TICK_MAX && stream.needsAdvice()) {
                advised++;
                stream.wake();
            }
        }
    }

    /** Ends every watch, now and later. */
    void stop() {
        stopping = true;
        open.forEach(stream -> stream.end(Status.UNAVAILABLE
                .withDescription("This server is stopping: watch on another one")
                .asRuntimeException()));
    }
}
