package dev.coord.server.grpc;

import dev.coord.api.v1.Beat;
import dev.coord.api.v1.BeatResult;
import dev.coord.api.v1.Consistency;
import dev.coord.api.v1.HealthGrpc;
import dev.coord.api.v1.HeartbeatRequest;
import dev.coord.api.v1.HeartbeatResponse;
import dev.coord.api.v1.HeldChecksRequest;
import dev.coord.api.v1.HeldChecksResponse;
import dev.coord.api.v1.InstancesRequest;
import dev.coord.api.v1.InstancesResponse;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.command.ApiMapping;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Leases;
import dev.coord.server.held.HeldCheck;
import dev.coord.server.state.Change.ServiceInstance;
import dev.coord.server.state.State;
import io.grpc.stub.StreamObserver;
import java.util.List;

/** {@code coord.v1.Health}. */
final class HealthService extends HealthGrpc.HealthImplBase {

    /** The most beats in one request. */
    static final int BEATS_MAX = 1_000;

    private final Reads reads;
    private final Leases leases;

    HealthService(Reads reads, Leases leases) {
        this.reads = reads;
        this.leases = leases;
    }

    @Override
    public void instances(InstancesRequest request, StreamObserver<InstancesResponse> out) {
        if (request.getService().isEmpty()) {
            out.onError(Statuses.invalid("service is empty: name the service whose instances you want"));
            return;
        }
        Caller caller = Caller.current();
        reads.answerOnPool(request.getConsistency(), state -> instances(state, request, caller.in(state)), out);
    }

    private InstancesResponse instances(State state, InstancesRequest request, Authorizer may) {
        InstancesResponse.Builder answer = InstancesResponse.newBuilder()
                .setFreshness(reads.freshness(state))
                .setServiceRevision(state.serviceIndex(request.getService()));
        for (ServiceInstance instance : state.instances(request.getService())) {
            if (may.maySee(instance)
                    && instance.service().tags().containsAll(request.getTagsList())
                    && (!request.getPassingOnly() || passing(instance))) {
                answer.addInstances(StateMapping.toMessage(instance));
            }
        }
        return answer.build();
    }

    @Override
    public void heldChecks(HeldChecksRequest request, StreamObserver<HeldChecksResponse> out) {
        Caller caller = Caller.current();
        reads.answerOnPool(
                request.getConsistency(), state -> heldChecks(state, request.getService(), caller.in(state)), out);
    }

    private HeldChecksResponse heldChecks(State state, String service, Authorizer may) {
        HeldChecksResponse.Builder answer = HeldChecksResponse.newBuilder().setFreshness(reads.freshness(state));
        for (HeldCheck held : HeldCheck.in(state)) {
            if (may.maySee(held.check())
                    && (service.isEmpty() || held.check().serviceName().equalsIgnoreCase(service))) {
                answer.addChecks(dev.coord.api.v1.HeldCheck.newBuilder()
                        .setCheck(ApiMapping.toMessage(held.check()))
                        .setRunner(held.runner() == null ? "" : held.runner()));
            }
        }
        return answer.build();
    }

    private static boolean passing(ServiceInstance instance) {
        return instance.checks().stream().allMatch(check -> check.status() == CheckStatus.PASSING);
    }

    @Override
    public void heartbeat(HeartbeatRequest request, StreamObserver<HeartbeatResponse> out) {
        if (request.getBeatsCount() > BEATS_MAX) {
            out.onError(Statuses.invalid(request.getBeatsCount() + " beats are more than the limit of " + BEATS_MAX
                    + " in one request: send them in several"));
            return;
        }
        List<Leases.Beat> beats;
        try {
            beats = request.getBeatsList().stream().map(HealthService::beat).toList();
        } catch (RuntimeException refused) {
            out.onError(Statuses.of(refused));
            return;
        }
        Caller caller = Caller.current();
        if (!caller.restricted()) {
            beat(beats, out);
            return;
        }
        Completion.of(reads.state(Consistency.CONSISTENCY_LINEARIZABLE), (state, failure) -> {
            try {
                if (failure != null) {
                    throw Statuses.of(failure);
                }
                Authorizer may = caller.in(state);
                beats.forEach(beat -> requireWrite(may, state, beat));
            } catch (RuntimeException refused) {
                out.onError(Statuses.of(refused));
                return;
            }
            beat(beats, out);
        });
    }

    /** By what the check belongs to; for one that is not there, nothing is needed. */
    private static void requireWrite(Authorizer may, State state, Leases.Beat beat) {
        CheckEntry check = state.check(beat.node(), beat.checkId());
        if (check != null && check.serviceId() != null) {
            may.requireWrite(Resource.SERVICE, check.serviceName());
        } else if (check != null) {
            may.requireWrite(Resource.NODE, check.node());
        }
    }

    private void beat(List<Leases.Beat> beats, StreamObserver<HeartbeatResponse> out) {
        Completion.of(leases.heartbeat(beats), (results, failure) -> {
            if (failure != null) {
                out.onError(Statuses.of(failure));
                return;
            }
            HeartbeatResponse.Builder answer = HeartbeatResponse.newBuilder();
            results.forEach(result -> answer.addResults(result(result)));
            out.onNext(answer.build());
            out.onCompleted();
        });
    }

    private static Leases.Beat beat(Beat beat) {
        CheckStatus status =
                switch (beat.getStatus()) {
                    case CHECK_STATUS_PASSING -> CheckStatus.PASSING;
                    case CHECK_STATUS_WARNING -> CheckStatus.WARNING;
                    case CHECK_STATUS_CRITICAL -> CheckStatus.CRITICAL;
                    case CHECK_STATUS_UNSPECIFIED, UNRECOGNIZED ->
                        throw Statuses.invalid("The beat of check "
                                + beat.getCheckId() + " on node " + beat.getNode()
                                + " has no status: it is passing, warning or critical");
                };
        return new Leases.Beat(beat.getNode(), beat.getCheckId(), status, beat.getOutput());
    }

    private static BeatResult result(Leases.BeatResult result) {
        return switch (result) {
            case OK -> BeatResult.BEAT_RESULT_OK;
            case UNKNOWN_CHECK -> BeatResult.BEAT_RESULT_UNKNOWN_CHECK;
            case NOT_TTL -> BeatResult.BEAT_RESULT_NOT_TTL;
        };
    }
}
