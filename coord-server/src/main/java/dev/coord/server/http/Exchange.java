package dev.coord.server.http;

import dev.coord.server.acl.AccessControl;
import dev.coord.server.acl.AccessException;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.CommandValidation;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.limits.LimitSettings;
import dev.coord.server.state.State;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.StreamResetException;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.SocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and its answer. Lives on the event loop of its connection: every method is called there, every callback comes
 * there, and what a callback throws becomes the answer.
 */
final class Exchange {

    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    /** Stands for the accessor id of who came by the admin socket. */
    private static final String ADMINISTRATOR = "admin-socket";

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final ContextInternal context;
    private final Backend backend;
    private final Reads reads;
    private final LimitSettings limits;
    private final @Nullable String agentNode;
    /** It came by the admin socket. */
    private final boolean admin;

    private final String rest;
    private @Nullable QueryOptions options;
    private Routes.@Nullable Action action;
    /** What the token was found to allow; null: not looked up yet. */
    private @Nullable Authorizer authorizer;
    /** Somebody has asked what the token allows, or nothing need be asked. */
    private boolean authorized;

    private boolean startedOver;

    Exchange(
            HttpServerRequest request,
            ContextInternal context,
            Backend backend,
            Reads reads,
            LimitSettings limits,
            @Nullable String agentNode,
            boolean admin,
            String rest) {
        this.request = request;
        this.response = request.response();
        this.context = context;
        this.backend = backend;
        this.reads = reads;
        this.limits = limits;
        this.agentNode = agentNode;
        this.admin = admin;
        this.rest = rest;
    }

    Backend backend() {
        return backend;
    }

    /** As they were when the request came. */
    LimitSettings limits() {
        return limits;
    }

    /** Asks what the route asks of the token, then calls its handler. */
    void begin(Routes.Action routed) {
        action = routed;
        if (routed.access() == Access.OPEN) {
            run(routed);
        } else {
            whenTokenKnown(() -> run(routed));
        }
    }

    private void run(Routes.Action routed) {
        routed.access().check(this);
        routed.handler().handle(this);
    }

    /**
     * Goes on when {@link #authorizer} can tell what the request's token allows: at once on a server, perhaps after a question
     * to one on an agent that is none. That there is no such token becomes the answer.
     */
    void whenTokenKnown(Runnable then) {
        AccessControl access = backend.access();
        if (!access.enabled() || isAdministrator()) {
            then.run();
            return;
        }
        CompletableFuture<Void> known = access.lookUp(RequestToken.of(this));
        if (known.isDone()) {
            settle(known, done -> then.run());
            return;
        }
        if (!request.isEnded()) {
            // Whoever reads the body listens later.
            request.pause();
        }
        await(known.handle((done, failure) -> Optional.ofNullable(failure)), failure -> {
            try {
                if (failure.isPresent()) {
                    fail(failure.get());
                } else {
                    then.run();
                }
            } finally {
                request.resume();
            }
        });
    }

    /**
     * What the bearer of the request's token may do. Ask at the beginning of a handler and again, of the same object or a new
     * one, when the answer is made: should the rights change while a read waits, the handler is called again.
     *
     * @throws dev.coord.server.acl.AccessException when there is no such token
     */
    Authorizer authorizer() {
        authorized = true;
        Authorizer known = authorizer;
        if (known == null) {
            known = authorizerIn(backend.states().latest());
            authorizer = known;
        }
        return known;
    }

    private Authorizer authorizerIn(State state) {
        AccessControl access = backend.access();
        return access.enabled() && !isAdministrator()
                ? access.authorizer(state, RequestToken.of(this))
                : Authorizer.UNRESTRICTED;
    }

    /** The accessor id of the request's token, or that it came by the admin socket; empty: there are no tokens. Fails as {@link #authorizer} does. */
    String accessor() {
        return isAdministrator()
                ? ADMINISTRATOR
                : backend.access().accessor(backend.states().latest(), RequestToken.of(this));
    }

    /** It came by the admin socket and shows no token: one that does is held to it. */
    boolean isAdministrator() {
        return admin && RequestToken.of(this).isEmpty();
    }

    /** There is nothing to ask a token for. */
    void needsNoAuthorizer() {
        authorized = true;
    }

    /** What was found in the answer belongs to those who may do as much. */
    Authorizer rights() {
        return authorizer == null ? Authorizer.UNRESTRICTED : authorizer;
    }

    /**
     * True when a state gives the token what it was found to allow at the beginning. False: call {@link #startOver}.
     *
     * @throws dev.coord.server.acl.AccessException when there is no such token any more
     */
    boolean holdsRightsIn(State state) {
        if (authorizer == null || !backend.access().enabled()) {
            return true;
        }
        Authorizer now = authorizerIn(state);
        boolean same = now.equals(authorizer);
        authorizer = now;
        return same;
    }

    /** Looks at the request anew, by what its token allows now; a read then does not wait. */
    void startOver() {
        startedOver = true;
        begin(Objects.requireNonNull(action));
    }

    /** Has the token looked up anew by {@link #whenTokenKnown}: after a wait for something that is no state. */
    void forgetAuthorizer() {
        authorizer = null;
    }

    /** True: the wait that was asked for is over. */
    boolean startedOver() {
        return startedOver;
    }

    private void requireAuthorized() {
        if (!authorized && backend.access().enabled()) {
            LOG.error(
                    "{} {} never asked what its token allows and is refused: a bug", request.method(), request.path());
            throw AccessException.denied();
        }
    }

    /** Name of this server's node. */
    String ownNode() {
        return backend.cluster().self().name();
    }

    /** The request's path as it was sent. */
    String path() {
        return request.path();
    }

    String method() {
        return request.method().name();
    }

    /** The node to sort by distance from; empty: do not sort. */
    String near() {
        String near = options().near();
        return near.equals("_agent") ? ownNode() : near;
    }

    /** The node that counts where a request names none: this server's, or that of the agent which handed the request on. */
    String defaultNode() {
        return agentNode == null ? ownNode() : agentNode;
    }

    HttpServerRequest request() {
        return request;
    }

    /** What follows the route's path, percent-decoded: a key, a name, an id. May be empty. */
    String rest() {
        return rest;
    }

    /** The rest of the path; an error with this message if there is none. */
    String required(String messageIfMissing) {
        if (rest.isEmpty()) {
            throw HttpError.badRequest(messageIfMissing);
        }
        return rest;
    }

    /** The request's URI as it was sent. */
    String uri() {
        return request.uri();
    }

    /** The query options, checked at first need. */
    QueryOptions options() {
        QueryOptions known = options;
        if (known == null) {
            known = hasQuery()
                    ? QueryOptions.of(
                            query(),
                            isOfAgent() ? null : backend.cluster().self().datacenter())
                    : QueryOptions.NONE;
            options = known;
        }
        return known;
    }

    /** What a server knows by itself is the same in every datacenter. */
    private boolean isOfAgent() {
        return request.path().startsWith("/v1/agent/");
    }

    /** The value of a query parameter; null when it is not there; empty when it has none. */
    @Nullable
    String parameter(String name) {
        return hasQuery() ? query().get(name) : null;
    }

    /** All values of a query parameter, in order. */
    List<String> parameters(String name) {
        return hasQuery() ? query().getAll(name) : List.of();
    }

    /** True when the query has such a parameter, whatever its value. */
    boolean has(String name) {
        return hasQuery() && query().contains(name);
    }

    MultiMap query() {
        try {
            return request.params();
        } catch (IllegalArgumentException e) {
            throw HttpError.badRequest("invalid query string: " + e.getMessage());
        }
    }

    private boolean hasQuery() {
        return request.query() != null;
    }

    @Nullable
    String header(CharSequence name) {
        return request.getHeader(name);
    }

    /** The IP address that the request came from; empty when the connection is gone. */
    String clientAddress() {
        SocketAddress address = request.remoteAddress();
        return address == null || address.hostAddress() == null ? "" : address.hostAddress();
    }

    /** Whose request this is when clients are given fair shares: an address, or the agent that handed it on. */
    String client() {
        return agentNode == null ? clientAddress() : "agent " + agentNode;
    }

    /** Adds a header to the answer. */
    void header(CharSequence name, CharSequence value) {
        response.putHeader(name, value);
    }

    /** Reads the whole body, up to and with {@code bytesMax}; a larger one is answered 413. */
    void body(int bytesMax, Consumer<Buffer> then) {
        new BodyReader(request, bytesMax, body -> guarded(() -> then.accept(body)), this::fail).start();
    }

    /** Reads a body that is a JSON object. */
    void jsonBody(Consumer<JsonBody> then) {
        body(HttpOptions.BODY_BYTES_MAX, body -> {
            if (body.length() == 0) {
                throw HttpError.badRequest("Request decode failed: EOF");
            }
            then.accept(JsonBody.parse(body));
        });
    }

    /** Reads a body that is a JSON object; an empty body counts as an empty object. */
    void optionalJsonBody(Consumer<JsonBody> then) {
        body(HttpOptions.BODY_BYTES_MAX, body -> then.accept(JsonBody.parse(body)));
    }

    /** Reads the whole body into a file that is there, up to and with {@code bytesMax}; a larger one fails as 413. */
    CompletableFuture<Void> bodyTo(Path file, long bytesMax) {
        return new FileBody(request, bytesMax).into(context.owner(), file);
    }

    /** Does work that may block on one of Vert.x' worker threads. */
    <T> CompletableFuture<T> work(Callable<T> work) {
        return context.owner().executeBlocking(work, false).toCompletionStage().toCompletableFuture();
    }

    /** Goes on here with what completes elsewhere; its failure becomes the answer. */
    <T> void await(CompletableFuture<T> future, Consumer<T> then) {
        if (future.isDone()) {
            settle(future, then);
        } else {
            var unused = future.whenComplete((value, failure) -> {
                if (context.inThread()) {
                    settle(future, then);
                } else {
                    context.runOnContext(ignored -> settle(future, then));
                }
            });
        }
    }

    private <T> void settle(CompletableFuture<T> done, Consumer<T> then) {
        guarded(() -> then.accept(done.join()));
    }

    /** Does what touches the disk on another thread and goes on here with what it gives; its failure becomes the answer. */
    <T> void offLoop(Callable<T> work, Consumer<T> then) {
        var unused = context.executeBlocking(work, false)
                .onComplete(done -> guarded(() -> {
                    if (done.failed()) {
                        throw HttpError.internal(String.valueOf(done.cause().getMessage()));
                    }
                    then.accept(done.result());
                }));
    }

    /** As {@link #execute}, once the command is within the limits. */
    void executeValid(Command command, Consumer<CommandResult> then) {
        CommandValidation.validate(command);
        execute(command, then);
    }

    /** Brings a command through the log. A rejection by the state becomes the answer; an unmet condition does not. */
    void execute(Command command, Consumer<CommandResult> then) {
        requireAuthorized();
        await(backend.commands().execute(command, client()), result -> {
            if (result.rejection() != null) {
                throw Errors.of(result.rejection());
            }
            then.accept(result);
        });
    }

    /** For the reads that Consul's agents cache, before they are answered. */
    void sayWhetherCached() {
        reads.sayWhetherCached(this);
    }

    /** Answers from the state, as fresh as was asked for, blocking if that was asked for. */
    void read(StateQuery query) {
        reads.answer(this, query);
    }

    /** The same without blocking, for an answer that is for the bearer of this very token alone. */
    void readNow(StateQuery query) {
        reads.answerNow(this, query);
    }

    /** Hands out a state as fresh as the query options ask for. */
    void state(Consumer<State> then) {
        if (options().consistency() == QueryOptions.Consistency.STALE) {
            then.accept(backend.states().latest());
        } else {
            await(backend.states().linearizable(), then);
        }
    }

    ContextInternal context() {
        return context;
    }

    /** Runs on this exchange's event loop, soon. Safe from any thread. */
    void later(Runnable task) {
        context.runOnContext(ignored -> guarded(task));
    }

    /** Called if the client goes away before it has its answer. */
    void onGone(Runnable task) {
        response.closeHandler(ignored -> task.run());
    }

    /** Runs it; what it throws becomes the answer. */
    void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    /** Answers with the error that a failure stands for. */
    void fail(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        HttpError error;
        if (cause instanceof CancellationException
                || cause instanceof HttpClosedException
                || cause instanceof StreamResetException) {
            // Given up because the client is gone, in the middle of its request perhaps.
            return;
        } else if (cause instanceof HttpError known) {
            error = known;
        } else if (cause instanceof ConsensusException consensus) {
            error = Errors.of(consensus);
        } else if (cause instanceof AccessException refused) {
            error = Errors.of(refused);
        } else {
            LOG.error("{} {} failed", request.method(), request.path(), cause);
            error = HttpError.internal("internal error: " + cause);
        }
        if (error.retryAfterSeconds() > 0 && !response.headWritten()) {
            response.putHeader(Headers.RETRY_AFTER, Integer.toString(error.retryAfterSeconds()));
        }
        send(Answer.text(error.status(), error.text()));
    }

    /** Answers as JSON. */
    void answerJson(Json.Writer writer) {
        answer(Answer.json(options().pretty(), writer));
    }

    /** Sends the answer; the second one, or one to a client that is gone, goes nowhere. */
    void answer(Answer answer) {
        requireAuthorized();
        send(answer);
    }

    /** Sends a file. The future completes, perhaps with a failure, when nobody needs the file any more. */
    CompletableFuture<Void> answerFile(Path file) {
        requireAuthorized();
        return response.sendFile(file.toString()).toCompletionStage().toCompletableFuture();
    }

    /** Begins an answer that goes on until the client goes; the caller writes it, on the event loop. */
    HttpServerResponse stream(String contentType) {
        requireAuthorized();
        response.putHeader(HttpHeaders.CONTENT_TYPE, contentType).setChunked(true);
        var unused = response.writeHead();
        return response;
    }

    private void send(Answer answer) {
        if (response.ended() || response.closed()) {
            return;
        }
        if (answer.status() != 200) {
            response.setStatusCode(answer.status());
        }
        if (answer.contentType() != null) {
            response.putHeader(HttpHeaders.CONTENT_TYPE, answer.contentType());
        }
        Buffer body = answer.body();
        if (body.length() >= HttpOptions.GZIP_BYTES_MIN && acceptsGzip()) {
            response.putHeader(HttpHeaders.CONTENT_ENCODING, Headers.GZIP);
            response.putHeader(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
            body = answer.gzipped();
        }
        var unused = response.end(body);
    }

    private boolean acceptsGzip() {
        String accepted = request.getHeader(HttpHeaders.ACCEPT_ENCODING);
        return accepted != null && accepted.contains("gzip");
    }
}
