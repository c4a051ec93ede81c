package dev.coord.server.raft;

import dev.coord.api.raft.v1.LeaveRequest;
import dev.coord.api.raft.v1.LeaveResponse;
import dev.coord.api.raft.v1.PeerGrpc;
import dev.coord.api.raft.v1.ServerInfo;
import dev.coord.server.command.ClusterView.Server;
import dev.coord.server.command.Member;
import dev.coord.server.command.Member.Status;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How servers go: by themselves, or because others give them up. Remembers, in memory, who went.
 *
 * <p>Threads: {@link #tick} and {@link #peersChanged} on the tick thread or that of a finished change; everything else from
 * any thread. What takes time runs on the executor given; nothing blocks.
 */
final class Departures {

    private static final Logger LOG = LoggerFactory.getLogger(Departures.class);
    private static final long ANSWER_MILLIS = 10_000;
    /** A server that wants to leave asks for this long. */
    private static final long LEAVE_NANOS = TimeUnit.SECONDS.toNanos(15);

    /** Giving a server up waits so long for a leader. */
    private static final long FORCE_NANOS = TimeUnit.SECONDS.toNanos(7);

    private static final long AGAIN_MILLIS = 200;
    private static final long SURELY_GONE_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** The most that are remembered. */
    private static final int GONE_MAX = 1_000;

    private final RaftOptions options;
    private final Supplier<ServerInfo> self;
    private final Membership membership;
    private final PeerConnections connections;
    private final Leadership leadership;
    private final Executor executor;

    /** By Raft address. */
    private final Map<String, Gone> gone = new ConcurrentHashMap<>();
    /** Set once, read by anybody. */
    private volatile boolean leaving;
    /** Tick thread only: since when this server leads; 0: it does not. */
    private long leadingSinceNanos;

    /** @param told it was logged */
    private record Gone(Server server, long sinceNanos, boolean told) {}

    Departures(
            RaftOptions options,
            Supplier<ServerInfo> self,
            Membership membership,
            PeerConnections connections,
            Leadership leadership,
            Executor executor) {
        this.options = options;
        this.self = self;
        this.membership = membership;
        this.connections = connections;
        this.leadership = leadership;
        this.executor = executor;
    }

    /** This server has begun to leave. */
    boolean isLeaving() {
        return leaving;
    }

    // ---- who is there, who was

    /** Present servers and those that went, by name. */
    List<Member> members() {
        Map<String, Member> byName = new HashMap<>();
        gone.values().forEach(past -> byName.put(past.server.name(), new Member(past.server, true, Status.LEFT)));
        for (Server server : membership.servers()) {
            byName.put(server.name(), new Member(server, true, status(server)));
        }
        return byName.values().stream()
                .sorted(Comparator.comparing(member -> member.server().name()))
                .toList();
    }

    private Status status(Server server) {
        if (server.raftAddress().equals(self.get().getRaftAddress())) {
            return leaving ? Status.LEAVING : Status.ALIVE;
        }
        if (!membership.isAlive(server.raftAddress())) {
            return Status.FAILED;
        }
        ServerInfo info = membership.known().get(server.raftAddress());
        return info != null && info.getLeaving() ? Status.LEAVING : Status.ALIVE;
    }

    void peersChanged(List<String> before, List<String> now) {
        now.forEach(gone::remove);
        for (String address : before) {
            if (!now.contains(address) && gone.size() < GONE_MAX) {
                Server server = membership.server(address);
                // One that came back under another address is still there.
                if (membership.servers().stream().noneMatch(other -> other.id().equals(server.id()))) {
                    gone.put(address, new Gone(server, System.nanoTime(), false));
                }
            }
        }
    }

    /** A learner that becomes a voter is neither for a moment: not worth a word. */
    private void tellOfGone(long now) {
        gone.replaceAll((address, past) -> {
            if (past.told || now - past.sinceNanos < SURELY_GONE_NANOS) {
                return past;
            }
            LOG.info("Server {} at {} is no part of the cluster any more", past.server.name(), address);
            return new Gone(past.server, past.sinceNanos, true);
        });
    }

    /** Called once a second: forgets who went long ago; as the leader, gives up who was silent for as long. */
    void tick() {
        long timeoutNanos = TimeUnit.MILLISECONDS.toNanos(options.reconnectTimeoutMillis());
        long now = System.nanoTime();
        gone.values().removeIf(past -> now - past.sinceNanos > timeoutNanos);
        tellOfGone(now);
        if (!leadership.view().leading()) {
            leadingSinceNanos = 0;
            return;
        }
        if (leadingSinceNanos == 0) {
            leadingSinceNanos = now;
        }
        if (now - leadingSinceNanos > timeoutNanos) {
            for (Server server : membership.servers()) {
                if (!server.raftAddress().equals(self.get().getRaftAddress())
                        && connections.silentMillis(server.raftAddress()) > options.reconnectTimeoutMillis()) {
                    remove(server.raftAddress(), new CompletableFuture<>());
                }
            }
        }
    }

    // ---- going

    /** As {@link dev.coord.server.command.ClusterChanges#leave}. */
    CompletableFuture<Void> leave() {
        leaving = true;
        CompletableFuture<Void> left = new CompletableFuture<>();
        askToLeave(System.nanoTime() + LEAVE_NANOS, "", left);
        return left;
    }

    private void askToLeave(long deadlineNanos, String lastError, CompletableFuture<Void> left) {
        String own = self.get().getRaftAddress();
        Peers peers = membership.peers();
        if (!peers.contains(own) || peers.voters().equals(List.of(own))) {
            left.complete(null);
            return;
        }
        if (System.nanoTime() - deadlineNanos > 0) {
            left.completeExceptionally(new IOException("the cluster did not let this server go: " + lastError));
            return;
        }
        LeaveRequest request =
                LeaveRequest.newBuilder().setName(self.get().getName()).build();
        String leader = leadership.view().leaderAddress();
        CompletableFuture<LeaveResponse> answer = leader == null
                ? CompletableFuture.completedFuture(failure("there is no leader"))
                : leader.equals(own) ? handle(request) : ask(leader, request);
        CompletableFuture<Void> unused = answer.handle((response, error) -> {
            if (response != null && response.getGone()) {
                left.complete(null);
            } else {
                String why = response == null ? Membership.reason(error) : response.getError();
                CompletableFuture.delayedExecutor(AGAIN_MILLIS, TimeUnit.MILLISECONDS, executor)
                        .execute(() -> askToLeave(deadlineNanos, why, left));
            }
            return null;
        });
    }

    /** As {@link dev.coord.server.command.ClusterChanges#remove}. */
    CompletableFuture<Void> remove(Server server) {
        LeaveRequest request = LeaveRequest.newBuilder().setName(server.name()).build();
        String leader = leadership.view().leaderAddress();
        if (leader == null) {
            return CompletableFuture.failedFuture(CommandRouter.noLeader());
        }
        CompletableFuture<LeaveResponse> answer =
                leader.equals(self.get().getRaftAddress()) ? handle(request) : ask(leader, request);
        return answer.thenAccept(response -> {
            if (!response.getGone()) {
                throw new CompletionException(new IOException(
                        "the server at " + server.raftAddress() + " was not removed: " + response.getError()));
            }
        });
    }

    /**
     * As {@link dev.coord.server.command.ClusterChanges#forceLeave}. Every server hears of it, for each remembers for itself.
     * Asked again while there is no leader.
     */
    CompletableFuture<Boolean> forceLeave(String name, boolean prune) {
        LeaveRequest request = LeaveRequest.newBuilder()
                .setName(name)
                .setForce(true)
                .setPrune(prune)
                .build();
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        giveUp(request, System.nanoTime() + FORCE_NANOS, done);
        return done;
    }

    private void giveUp(LeaveRequest request, long deadlineNanos, CompletableFuture<Boolean> done) {
        String own = self.get().getRaftAddress();
        List<CompletableFuture<LeaveResponse>> answers = new ArrayList<>();
        answers.add(handle(request));
        for (String address : membership.peers().all()) {
            if (!address.equals(own) && membership.isAlive(address)) {
                answers.add(ask(address, request)
                        .exceptionally(error -> failure(address + " did not answer: " + Membership.reason(error))));
            }
        }
        CompletableFuture<Void> unused = CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenCompose(all ->
                        outcome(answers.stream().map(CompletableFuture::join).toList()))
                .handle((known, error) -> {
                    if (error == null) {
                        done.complete(known);
                    } else if (System.nanoTime() - deadlineNanos > 0) {
                        done.completeExceptionally(error);
                    } else {
                        CompletableFuture.delayedExecutor(AGAIN_MILLIS, TimeUnit.MILLISECONDS, executor)
                                .execute(() -> giveUp(request, deadlineNanos, done));
                    }
                    return null;
                });
    }

    private static CompletableFuture<Boolean> outcome(List<LeaveResponse> answers) {
        if (answers.stream().allMatch(LeaveResponse::getUnknown)) {
            return CompletableFuture.completedFuture(false);
        }
        if (answers.stream().anyMatch(LeaveResponse::getGone)) {
            return CompletableFuture.completedFuture(true);
        }
        return CompletableFuture.failedFuture(new IOException(answers.stream()
                .map(LeaveResponse::getError)
                .filter(error -> !error.isEmpty())
                .reduce((first, second) -> first + "; " + second)
                .orElse("nobody leads")));
    }

    private CompletableFuture<LeaveResponse> ask(String address, LeaveRequest request) {
        CompletableFuture<LeaveResponse> answer = new CompletableFuture<>();
        PeerConnection connection = connections.to(address);
        PeerGrpc.newStub(connection.channel())
                .withDeadlineAfter(ANSWER_MILLIS, TimeUnit.MILLISECONDS)
                .leave(request, new Membership.Answer<>(connection, answer));
        return answer;
    }

    // ---- as asked by others, or by this server itself

    CompletableFuture<LeaveResponse> handle(LeaveRequest request) {
        CompletableFuture<LeaveResponse> answer = new CompletableFuture<>();
        executor.execute(() -> handle(request, answer));
        return answer;
    }

    private void handle(LeaveRequest request, CompletableFuture<LeaveResponse> answer) {
        Server present = membership.servers().stream()
                .filter(server -> server.name().equals(request.getName()))
                .findFirst()
                .orElse(null);
        if (present == null) {
            boolean known =
                    gone.values().stream().anyMatch(past -> past.server.name().equals(request.getName()));
            if (request.getPrune()) {
                gone.values().removeIf(past -> past.server.name().equals(request.getName()));
            }
            answer.complete(
                    LeaveResponse.newBuilder().setGone(known).setUnknown(!known).build());
        } else if (request.getForce() && status(present) != Status.FAILED) {
            // It would only come back: as in Consul, nothing happens.
            answer.complete(LeaveResponse.newBuilder().setGone(true).build());
        } else if (!leadership.view().leading()) {
            answer.complete(failure("this server does not lead"));
        } else {
            CompletableFuture<Void> unused = answer.thenAccept(done -> {
                if (request.getPrune()) {
                    gone.remove(present.raftAddress());
                }
            });
            remove(present.raftAddress(), answer);
        }
    }

    private void remove(String address, CompletableFuture<LeaveResponse> answer) {
        Peers now = membership.peers();
        Peers next = now.without(address);
        if (next.voters().isEmpty()) {
            answer.complete(failure("it is the only voter"));
            return;
        }
        LOG.info("The server at {} goes: {} become {}", address, now, next);
        membership.change(
                List.of(next),
                error -> answer.complete(
                        error == null ? LeaveResponse.newBuilder().setGone(true).build() : failure(error)));
    }

    private static LeaveResponse failure(@Nullable String why) {
        return LeaveResponse.newBuilder().setError(why == null ? "" : why).build();
    }
}
