package dev.coord.server.raft;

import dev.coord.api.raft.v1.HelloResponse;
import dev.coord.api.raft.v1.ServerInfo;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a server with an empty data directory finds its cluster. It asks the addresses that it was given, and those that they
 * know, until either one of them belongs to a cluster (then it joins that one), or the servers wanted for a new cluster all
 * know exactly each other (then each starts with the same sorted list).
 *
 * <p>"All know exactly each other" is what keeps two clusters from forming out of overlapping servers: a server says whom it
 * has met and never forgets it while it runs, so no server can be counted for two different sets.
 */
final class Formation {

    /** What was found. */
    sealed interface Result {}

    /** Start with these Raft addresses as the first configuration. */
    record Form(List<String> servers) implements Result {}

    /** There is a cluster already: start with nothing and ask to be let in. */
    record Join(String address) implements Result {}

    private static final Logger LOG = LoggerFactory.getLogger(Formation.class);
    private static final long ROUND_MILLIS = 200;
    private static final long ANSWERS_MILLIS = 1_200;
    private static final long EXPLAIN_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final RaftOptions options;
    private final Supplier<ServerInfo> self;
    private final Membership membership;

    /** By address: why it did not answer the last question. */
    private final Map<String, String> silent = new TreeMap<>();

    private String explained = "";
    private long explainedAtNanos;

    Formation(RaftOptions options, Supplier<ServerInfo> self, Membership membership) {
        this.options = options;
        this.self = self;
        this.membership = membership;
    }

    /** Asks until it knows. Blocks for as long as that takes. */
    Result find() throws InterruptedException {
        while (true) {
            Map<String, HelloResponse> answers = ask();
            for (Map.Entry<String, HelloResponse> answer : answers.entrySet()) {
                ServerInfo other = answer.getValue().getSelf();
                if (!other.getClusterId().isEmpty() || other.getHasState()) {
                    LOG.info(
                            "The server at {} belongs to a cluster already: this one asks to be let in",
                            answer.getKey());
                    return new Join(answer.getKey());
                }
            }
            if (options.bootstrapExpect() > 0) {
                List<String> servers = agreed(answers);
                if (!servers.isEmpty()) {
                    LOG.info("Forming a cluster of {}", servers);
                    return new Form(servers);
                }
            } else {
                explain(
                        silent.isEmpty()
                                ? "Waiting to be told of a server to join"
                                : "No server of a cluster answers: " + silent);
            }
            Thread.sleep(ROUND_MILLIS);
        }
    }

    private Map<String, HelloResponse> ask() throws InterruptedException {
        Set<String> known = membership.known().keySet();
        Set<String> addresses = new LinkedHashSet<>(membership.toMeet());
        addresses.addAll(known);
        addresses.remove(self.get().getRaftAddress());
        Map<String, CompletableFuture<HelloResponse>> asked = new HashMap<>();
        for (String address : addresses) {
            asked.put(address, known.contains(address) ? membership.hello(address) : membership.greet(address));
        }
        Map<String, HelloResponse> answers = new TreeMap<>();
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ANSWERS_MILLIS);
        for (Map.Entry<String, CompletableFuture<HelloResponse>> question : asked.entrySet()) {
            try {
                long left = Math.max(0, deadline - System.nanoTime());
                HelloResponse answer = question.getValue().get(left, TimeUnit.NANOSECONDS);
                silent.remove(question.getKey());
                boolean isServer = !answer.getSelf().getRaftAddress().isEmpty();
                if (isServer && !answer.getSelf().getNodeId().equals(self.get().getNodeId())) {
                    answers.put(question.getKey(), answer);
                }
            } catch (ExecutionException e) {
                silent.put(question.getKey(), Membership.reason(e));
            } catch (TimeoutException e) {
                silent.put(question.getKey(), "no answer in " + ANSWERS_MILLIS + " ms");
            }
        }
        return answers;
    }

    /** The Raft addresses of the first configuration, sorted; empty while not all agree. */
    private List<String> agreed(Map<String, HelloResponse> answers) {
        ServerInfo own = self.get();
        Map<String, ServerInfo> byNode = new TreeMap<>();
        byNode.put(own.getNodeId(), own);
        for (Map.Entry<String, HelloResponse> answer : answers.entrySet()) {
            ServerInfo other = answer.getValue().getSelf();
            if (other.getBootstrapExpect() != options.bootstrapExpect()) {
                explain("The server " + other.getName() + " at " + answer.getKey() + " expects "
                        + other.getBootstrapExpect() + " servers, this one " + options.bootstrapExpect()
                        + ": give all the same bootstrap_expect");
                return List.of();
            }
            byNode.put(other.getNodeId(), other);
        }
        if (byNode.size() != options.bootstrapExpect()) {
            explain((byNode.size() < options.bootstrapExpect() ? "Waiting for servers: " : "Too many servers: ")
                    + byNode.size() + " of " + options.bootstrapExpect() + " expected are here; silent: " + silent);
            return List.of();
        }
        Set<String> names =
                byNode.values().stream().map(ServerInfo::getName).collect(Collectors.toCollection(HashSet::new));
        if (names.size() != byNode.size()) {
            explain("Two of the servers have one name: give each its own node_name, not "
                    + byNode.values().stream().map(ServerInfo::getName).sorted().toList());
            return List.of();
        }
        for (Map.Entry<String, HelloResponse> answer : answers.entrySet()) {
            if (!met(answer.getValue()).equals(byNode.keySet())) {
                explain("The server at " + answer.getKey() + " has not met the same servers yet");
                return List.of();
            }
        }
        return byNode.values().stream().map(ServerInfo::getRaftAddress).sorted().toList();
    }

    private static Set<String> met(HelloResponse answer) {
        Set<String> nodes = answer.getKnownList().stream()
                .map(ServerInfo::getNodeId)
                .collect(Collectors.toCollection(HashSet::new));
        nodes.add(answer.getSelf().getNodeId());
        return nodes;
    }

    /** Says why there is no cluster yet: when the reason changes, and now and then. */
    private void explain(String reason) {
        long now = System.nanoTime();
        if (!reason.equals(explained) || now - explainedAtNanos > EXPLAIN_NANOS) {
            explained = reason;
            explainedAtNanos = now;
            LOG.info("{}", reason);
        }
    }
}
