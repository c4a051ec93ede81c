package dev.coord.server.grpc;

import dev.coord.api.v1.CreateSessionRequest;
import dev.coord.api.v1.CreateSessionResponse;
import dev.coord.api.v1.DestroySessionRequest;
import dev.coord.api.v1.DestroySessionResponse;
import dev.coord.api.v1.ListSessionsRequest;
import dev.coord.api.v1.ListSessionsResponse;
import dev.coord.api.v1.RenewSessionRequest;
import dev.coord.api.v1.RenewSessionResponse;
import dev.coord.api.v1.Session;
import dev.coord.api.v1.SessionsGrpc;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.command.ApiMapping;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandValidation;
import dev.coord.server.command.Leases;
import dev.coord.server.command.SessionEntry;
import dev.coord.server.state.State;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.function.Supplier;

/** {@code coord.v1.Sessions}. */
final class SessionsService extends SessionsGrpc.SessionsImplBase {

    private final Reads reads;
    private final Writes writes;
    private final Leases leases;
    private final ClusterView view;
    private final Supplier<String> ids;

    SessionsService(Reads reads, Writes writes, Leases leases, ClusterView view, Supplier<String> ids) {
        this.reads = reads;
        this.writes = writes;
        this.leases = leases;
        this.view = view;
        this.ids = ids;
    }

    @Override
    public void create(CreateSessionRequest request, StreamObserver<CreateSessionResponse> out) {
        String id = ids.get();
        Caller caller = Caller.current();
        writes.answer(
                caller,
                () -> command(request.getSession(), id, caller.in(reads.latest())),
                result -> CreateSessionResponse.newBuilder()
                        .setId(id)
                        .setRevision(result.revision())
                        .build(),
                out);
    }

    private Command command(Session asked, String id, Authorizer may) {
        Session.Builder session = asked.toBuilder().setId(id);
        if (session.getNode().isEmpty()) {
            session.setNode(view.self().name());
        }
        may.requireWrite(Resource.SESSION, session.getNode());
        Command command = new Command.CreateSession(ApiMapping.fromMessage(session.build()));
        CommandValidation.validate(command);
        return command;
    }

    @Override
    public void destroy(DestroySessionRequest request, StreamObserver<DestroySessionResponse> out) {
        writes.answerKnowing(
                reads,
                Caller.current(),
                () -> {
                    Command command = new Command.DestroySession(request.getId());
                    CommandValidation.validate(command);
                    return command;
                },
                (may, state, command) -> requireWrite(may, state, request.getId()),
                result -> DestroySessionResponse.newBuilder()
                        .setRevision(result.revision())
                        .build(),
                out);
    }

    /** By the node that the session belongs to; for one that is not there, nothing is needed. */
    private static void requireWrite(Authorizer may, State state, String id) {
        SessionEntry session = state.session(id);
        if (session != null) {
            may.requireWrite(Resource.SESSION, session.node());
        }
    }

    @Override
    public void renew(RenewSessionRequest request, StreamObserver<RenewSessionResponse> out) {
        Caller caller = Caller.current();
        if (!caller.restricted()) {
            renewAllowed(request, out);
            return;
        }
        Completion.of(reads.state(dev.coord.api.v1.Consistency.CONSISTENCY_LINEARIZABLE), (state, failure) -> {
            try {
                if (failure != null) {
                    throw Statuses.of(failure);
                }
                requireWrite(caller.in(state), state, request.getId());
            } catch (RuntimeException refused) {
                out.onError(Statuses.of(refused));
                return;
            }
            renewAllowed(request, out);
        });
    }

    private void renewAllowed(RenewSessionRequest request, StreamObserver<RenewSessionResponse> out) {
        Completion.of(leases.renewSession(request.getId()), (found, failure) -> {
            if (failure != null) {
                out.onError(Statuses.of(failure));
                return;
            }
            // The leader knows of it; this server may have to catch up before it can show it.
            SessionEntry session = found ? reads.latest().session(request.getId()) : null;
            if (!found) {
                out.onError(unknown(request.getId()));
            } else if (session != null) {
                answer(session, out);
            } else {
                Completion.of(
                        reads.state(dev.coord.api.v1.Consistency.CONSISTENCY_LINEARIZABLE),
                        (state, unread) -> renewed(request.getId(), state, unread, out));
            }
        });
    }

    private static void renewed(String id, State state, Throwable failure, StreamObserver<RenewSessionResponse> out) {
        if (failure != null) {
            out.onError(Statuses.of(failure));
            return;
        }
        SessionEntry session = state.session(id);
        if (session == null) {
            out.onError(unknown(id));
        } else {
            answer(session, out);
        }
    }

    private static void answer(SessionEntry session, StreamObserver<RenewSessionResponse> out) {
        out.onNext(RenewSessionResponse.newBuilder()
                .setSession(ApiMapping.toMessage(session))
                .build());
        out.onCompleted();
    }

    private static StatusRuntimeException unknown(String id) {
        return Status.NOT_FOUND
                .withDescription("There is no session " + id + ": it expired, was destroyed or never existed")
                .asRuntimeException();
    }

    @Override
    public void list(ListSessionsRequest request, StreamObserver<ListSessionsResponse> out) {
        Caller caller = Caller.current();
        reads.answerOnPool(request.getConsistency(), state -> list(state, request, caller.in(state)), out);
    }

    private ListSessionsResponse list(State state, ListSessionsRequest request, Authorizer may) {
        ListSessionsResponse.Builder answer = ListSessionsResponse.newBuilder().setFreshness(reads.freshness(state));
        sessions(state, request).stream()
                .filter(may::maySee)
                .forEach(session -> answer.addSessions(ApiMapping.toMessage(session)));
        return answer.build();
    }

    private static List<SessionEntry> sessions(State state, ListSessionsRequest request) {
        if (request.getId().isEmpty()) {
            return request.getNode().isEmpty() ? state.sessions() : state.sessionsOf(request.getNode());
        }
        SessionEntry session = state.session(request.getId());
        boolean wanted = session != null
                && (request.getNode().isEmpty() || request.getNode().equals(session.node()));
        return wanted ? List.of(session) : List.of();
    }
}
