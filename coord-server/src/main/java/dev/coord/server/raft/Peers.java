package dev.coord.server.raft;

import java.util.ArrayList;
import java.util.List;

/**
 * A configuration of the group, by Raft addresses, each list sorted. Immutable.
 *
 * @param learners those that get the log and have no vote
 */
record Peers(List<String> voters, List<String> learners) {

    static final Peers NONE = new Peers(List.of(), List.of());

    Peers {
        voters = voters.stream().sorted().distinct().toList();
        learners = learners.stream().sorted().distinct().toList();
    }

    static Peers ofVoters(List<String> voters) {
        return new Peers(voters, List.of());
    }

    /** Voters, then learners. */
    List<String> all() {
        List<String> all = new ArrayList<>(voters);
        all.addAll(learners);
        return all;
    }

    boolean contains(String address) {
        return voters.contains(address) || learners.contains(address);
    }

    Peers without(String address) {
        return new Peers(without(voters, address), without(learners, address));
    }

    private static List<String> without(List<String> addresses, String address) {
        return addresses.stream().filter(one -> !one.equals(address)).toList();
    }

    Peers withVoter(String address) {
        Peers others = without(address);
        List<String> more = new ArrayList<>(others.voters);
        more.add(address);
        return new Peers(more, others.learners);
    }

    Peers withLearner(String address) {
        Peers others = without(address);
        List<String> more = new ArrayList<>(others.learners);
        more.add(address);
        return new Peers(others.voters, more);
    }

    @Override
    public String toString() {
        return learners.isEmpty() ? voters.toString() : voters + " and learners " + learners;
    }
}
