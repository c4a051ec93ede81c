package dev.coord.server.raft;

import dev.coord.api.raft.v1.ChangeRequest;
import dev.coord.api.raft.v1.ChangeResponse;
import dev.coord.api.raft.v1.PeerGrpc;
import dev.coord.api.raft.v1.Place;
import dev.coord.api.raft.v1.ServerInfo;
import dev.coord.server.command.Layout;
import dev.coord.server.command.ServerChange;
import dev.coord.server.command.ServerChange.Kind;
import dev.coord.server.command.ServerChange.Outcome;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an operator does to the servers, one step at a time: each is checked before it is made, and each leaves a cluster that
 * works. A learner becomes a voter in two steps, because JRaft does not count what a server acknowledges that it has been
 * bringing entries to as a learner.
 *
 * <p>Safe from any thread; what takes time runs on the executor given.
 */
final class ServerChanges {

    /** A learner that lacks more entries than this is not made a voter yet. */
    static final long LAG_MAX = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(ServerChanges.class);
    private static final long ANSWER_MILLIS = 60_000;

    private final Membership membership;
    private final PeerConnections connections;
    private final Leadership leadership;
    private final Executor executor;
    private final LongSupplier lastLogIndex;

    ServerChanges(
            Membership membership,
            PeerConnections connections,
            Leadership leadership,
            Executor executor,
            LongSupplier lastLogIndex) {
        this.membership = membership;
        this.connections = connections;
        this.leadership = leadership;
        this.executor = executor;
        this.lastLogIndex = lastLogIndex;
    }

    /** A change that can be made: the configurations to go through, the last of which is wanted. */
    private record Plan(List<Peers> steps, Peers after) {

        static Plan of(Peers... steps) {
            return new Plan(List.of(steps), steps[steps.length - 1]);
        }
    }

    /** Says why a change makes no sense. */
    private static final class Nonsense extends Exception {

        private static final long serialVersionUID = 1;

        Nonsense(String message) {
            super(message);
        }
    }

    /** As {@link dev.coord.server.command.ClusterChanges#change}. */
    CompletableFuture<Outcome> change(ServerChange change) {
        ChangeRequest request = ChangeRequest.newBuilder()
                .setKind(ChangeRequest.Kind.valueOf(change.kind().name()))
                .setAddress(change.address())
                .setInsteadOf(change.insteadOf())
                .setForce(change.force())
                .setCheckOnly(change.checkOnly())
                .build();
        String leader = leadership.view().leaderAddress();
        if (leader == null) {
            return CompletableFuture.failedFuture(CommandRouter.noLeader());
        }
        CompletableFuture<ChangeResponse> answer =
                leader.equals(membership.selfAddress()) ? handle(request) : ask(leader, request);
        return answer.handle((response, error) -> {
            if (error != null) {
                throw new CompletionException(new IOException("the leader at " + leader
                        + " did not answer in time; the change may have been made: " + Membership.reason(error)));
            }
            if (!response.getError().isEmpty()) {
                throw new CompletionException(new IOException(response.getError()));
            }
            return new Outcome(
                    response.getDone(),
                    response.getRefusal(),
                    layout(response.getBeforeList()),
                    layout(response.getAfterList()));
        });
    }

    private static Layout layout(List<Place> places) {
        return new Layout(places.stream()
                .map(place -> new Layout.Place(
                        place.getName(), place.getRaftAddress(), place.getZone(), place.getVoter(), place.getAnswers()))
                .toList());
    }

    private CompletableFuture<ChangeResponse> ask(String leader, ChangeRequest request) {
        CompletableFuture<ChangeResponse> answer = new CompletableFuture<>();
        PeerConnection connection = connections.to(leader);
        PeerGrpc.newStub(connection.channel())
                .withDeadlineAfter(ANSWER_MILLIS, TimeUnit.MILLISECONDS)
                .change(request, new Membership.Answer<>(connection, answer));
        return answer;
    }

    // ---- on the leader

    CompletableFuture<ChangeResponse> handle(ChangeRequest request) {
        CompletableFuture<ChangeResponse> answer = new CompletableFuture<>();
        executor.execute(() -> handle(request, answer));
        return answer;
    }

    private void handle(ChangeRequest request, CompletableFuture<ChangeResponse> answer) {
        if (!leadership.view().leading()) {
            answer.complete(failed("this server does not lead"));
        } else if (isOfNewcomer(request)) {
            CompletableFuture<Void> unused = membership
                    .lookAt(request.getAddress())
                    .handleAsync(
                            (met, error) -> {
                                if (error == null) {
                                    make(request, met.getSelf(), answer);
                                } else {
                                    answer.complete(failed("no server that could be let in answers at "
                                            + request.getAddress() + ": " + Membership.reason(error)));
                                }
                                return null;
                            },
                            executor);
        } else {
            make(request, null, answer);
        }
    }

    /** What it would mean to give a vote to a server that is none of the cluster's yet can be asked, too. */
    private boolean isOfNewcomer(ChangeRequest request) {
        return switch (request.getKind()) {
            case ADD_LEARNER -> true;
            case PROMOTE, REPLACE ->
                request.getCheckOnly() && !membership.peers().contains(request.getAddress());
            default -> false;
        };
    }

    private void make(ChangeRequest request, @Nullable ServerInfo newcomer, CompletableFuture<ChangeResponse> answer) {
        Peers now = membership.peers();
        Plan plan;
        try {
            plan = plan(request, newcomer, now);
        } catch (Nonsense e) {
            answer.complete(failed(String.valueOf(e.getMessage())));
            return;
        }
        Layout before = membership.layout(now, null);
        Layout after = membership.layout(plan.after, newcomer);
        String worse = after.worseThan(before);
        ChangeResponse.Builder response =
                ChangeResponse.newBuilder().addAllBefore(places(before)).addAllAfter(places(after));
        if (worse != null && !request.getForce()) {
            response.setRefusal(worse);
        }
        if (request.getCheckOnly() || !response.getRefusal().isEmpty()) {
            answer.complete(response.build());
            return;
        }
        LOG.info("{} {}: {} become {}", request.getKind(), request.getAddress(), now, plan.after);
        if (request.getKind() == ChangeRequest.Kind.TRANSFER_LEADERSHIP) {
            String refusal =
                    membership.transferLeadership(request.getAddress().isEmpty() ? null : request.getAddress());
            answer.complete(
                    refusal == null
                            ? response.setDone(true).build()
                            : failed("leadership was not handed on: " + refusal));
            return;
        }
        if (plan.after.equals(now)) {
            answer.complete(response.setDone(true).build());
            return;
        }
        membership.change(plan.steps, error -> {
            if (error == null && newcomer != null) {
                membership.learn(newcomer);
            }
            answer.complete(error == null ? response.setDone(true).build() : failed(error));
        });
    }

    private Plan plan(ChangeRequest request, @Nullable ServerInfo newcomer, Peers now) throws Nonsense {
        String address = newcomer == null ? request.getAddress() : newcomer.getRaftAddress();
        if (newcomer != null) {
            requireNew(request, newcomer, now);
        }
        switch (Kind.valueOf(request.getKind().name())) {
            case ADD_LEARNER -> {
                return Plan.of(now.withLearner(address));
            }
            case PROMOTE -> {
                if (now.voters().contains(address)) {
                    return Plan.of(now);
                }
                if (newcomer == null) {
                    requireReadyLearner(now, address);
                }
                return Plan.of(now.without(address), now.withVoter(address));
            }
            case REPLACE -> {
                if (newcomer == null) {
                    requireReadyLearner(now, address);
                }
                requireMember(now, request.getInsteadOf());
                Peers without = now.without(address);
                return Plan.of(without, without.without(request.getInsteadOf()).withVoter(address));
            }
            case REMOVE -> {
                requireMember(now, address);
                if (now.voters().equals(List.of(address))) {
                    throw new Nonsense("the server at " + address + " is the only voter");
                }
                return Plan.of(now.without(address));
            }
            case TRANSFER_LEADERSHIP -> {
                if (!address.isEmpty()) {
                    requireMember(now, address);
                    if (!now.voters().contains(address)) {
                        throw new Nonsense("the server at " + address + " has no vote, so it can't lead");
                    }
                    if (!membership.isAlive(address)) {
                        throw new Nonsense("the server at " + address + " does not answer");
                    }
                }
                return Plan.of(now);
            }
            default -> throw new Nonsense("there is no such change: " + request.getKind());
        }
    }

    private void requireNew(ChangeRequest request, ServerInfo newcomer, Peers now) throws Nonsense {
        String address = newcomer.getRaftAddress();
        if (address.isEmpty()) {
            throw new Nonsense("what answers at " + request.getAddress() + " is an agent, not a server");
        }
        if (now.contains(address)) {
            throw new Nonsense("the server at " + address + " belongs to the cluster already");
        }
        String problem = membership.problem(newcomer, now);
        if (problem != null) {
            throw new Nonsense(problem);
        }
    }

    private static void requireMember(Peers now, String address) throws Nonsense {
        if (!now.contains(address)) {
            throw new Nonsense("no server at " + address + " belongs to the cluster");
        }
    }

    private void requireReadyLearner(Peers now, String address) throws Nonsense {
        requireMember(now, address);
        if (now.voters().contains(address)) {
            throw new Nonsense("the server at " + address + " is a voter already");
        }
        if (!membership.isAlive(address)) {
            throw new Nonsense("the learner at " + address + " does not answer");
        }
        ServerInfo info = membership.known().get(address);
        long lag = lastLogIndex.getAsLong() - (info == null ? 0 : info.getLastIndex());
        if (lag > LAG_MAX) {
            throw new Nonsense("the learner at " + address + " lacks " + lag + " entries of the log, more than "
                    + LAG_MAX + ": wait until it has caught up");
        }
    }

    private static List<Place> places(Layout layout) {
        return layout.places().stream()
                .map(place -> Place.newBuilder()
                        .setName(place.name())
                        .setRaftAddress(place.address())
                        .setZone(place.zone())
                        .setVoter(place.voter())
                        .setAnswers(place.answers())
                        .build())
                .toList();
    }

    private static ChangeResponse failed(String why) {
        return ChangeResponse.newBuilder().setError(why).build();
    }
}
