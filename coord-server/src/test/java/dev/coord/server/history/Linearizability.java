package dev.coord.server.history;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Looks for an order of a history's operations that keeps to real time (who returned before another was called comes first) and
 * in which a {@link Model} gives every answer that was seen.
 *
 * <p>The search is that of J. Wing and C. Gong, <i>Testing and Verifying Concurrent Objects</i> (1993), with the memory of G.
 * Lowe, <i>Testing for Linearizability</i> (2017): a set of operations done and the state after them is tried once. Keys are
 * searched apart, for linearizability is local (M. Herlihy, J. Wing, 1990). A model may leave several states open; then the set
 * of them is the state.
 *
 * <p>An operation without an answer may take its place at any time after its call or be left out: the search is over when
 * every answer is explained. Bounded by time and by how much is remembered; at a bound it is {@link Verdict.Kind#UNDECIDED}.
 */
public final class Linearizability<S, A, R> {

    private final Model<S, A, R> model;
    private final Duration timeMax;
    private final int rememberedMax;

    /**
     * @param timeMax for one key
     * @param rememberedMax of combinations of operations and states, for one key; each takes some hundred bytes
     */
    public Linearizability(Model<S, A, R> model, Duration timeMax, int rememberedMax) {
        this.model = model;
        this.timeMax = timeMax;
        this.rememberedMax = rememberedMax;
    }

    /** The first key that does not pass decides; a violation goes before an undecided one. */
    public Verdict check(List<Operation<A, R>> history) {
        Map<String, List<Operation<A, R>>> byKey = history.stream()
                .collect(Collectors.groupingBy(Operation::key, LinkedHashMap::new, Collectors.toList()));
        Verdict undecided = null;
        for (Map.Entry<String, List<Operation<A, R>>> key : byKey.entrySet()) {
            Verdict verdict = new Search(key.getKey(), key.getValue()).run();
            if (verdict.kind() == Verdict.Kind.VIOLATION) {
                return verdict;
            }
            if (!verdict.passes()) {
                undecided = verdict;
            }
        }
        return undecided != null
                ? undecided
                : new Verdict(Verdict.Kind.LINEARIZABLE, history.size() + " operations on " + byKey.size() + " keys");
    }

    /** A call or a return, in a list from which operations that have their place are lifted out. */
    private final class Event {
        final int number;
        final Operation<A, R> operation;
        /** Null: this is the return, or there is none. */
        @Nullable
        Event returned;

        final boolean call;

        @Nullable
        Event previous;

        @Nullable
        Event next;

        Event(int number, Operation<A, R> operation, boolean call) {
            this.number = number;
            this.operation = operation;
            this.call = call;
        }

        long nanos() {
            return call ? operation.callNanos() : operation.returnNanos();
        }

        void unlink() {
            if (previous != null) {
                previous.next = next;
            }
            if (next != null) {
                next.previous = previous;
            }
        }

        void relink() {
            if (previous != null) {
                previous.next = this;
            }
            if (next != null) {
                next.previous = this;
            }
        }
    }

    private record Remembered<S>(BitSet done, Set<S> states) {}

    /** One key. */
    private final class Search {

        private record Placed<E, S>(E event, Set<S> before) {}

        private final String key;
        private final List<Operation<A, R>> operations;
        /** Stands before the first event. */
        private final Event head;

        private int left;
        private final Set<Remembered<S>> remembered = new HashSet<>();
        private final Deque<Placed<Event, S>> order = new ArrayDeque<>();
        private List<Operation<A, R>> longest = List.of();

        Search(String key, List<Operation<A, R>> operations) {
            this.key = key;
            this.operations = operations;
            this.head = link(operations);
            this.left = (int) operations.stream().filter(Operation::isComplete).count();
        }

        private Event link(List<Operation<A, R>> from) {
            List<Event> events = new ArrayList<>();
            for (int i = 0; i < from.size(); i++) {
                Event call = new Event(i, from.get(i), true);
                events.add(call);
                if (from.get(i).isComplete()) {
                    call.returned = new Event(i, from.get(i), false);
                    events.add(call.returned);
                }
            }
            // Calls before returns of the same moment: then the two overlapped.
            events.sort(Comparator.comparingLong(Event::nanos).thenComparing(event -> !event.call));
            Event first = new Event(-1, from.get(0), true);
            Event last = first;
            for (Event event : events) {
                last.next = event;
                event.previous = last;
                last = event;
            }
            return first;
        }

        Verdict run() {
            long deadline = System.nanoTime() + timeMax.toNanos();
            BitSet done = new BitSet(operations.size());
            Set<S> states = Set.of(model.initial());
            Event event = head.next;
            while (left > 0) {
                if (remembered.size() >= rememberedMax || System.nanoTime() - deadline > 0) {
                    return new Verdict(
                            Verdict.Kind.UNDECIDED,
                            "key " + key + ": " + operations.size() + " operations, gave up after " + remembered.size()
                                    + " combinations");
                }
                if (event != null && event.call) {
                    Set<S> after = step(states, event.operation);
                    if (!after.isEmpty() && isNew(done, event.number, after)) {
                        order.push(new Placed<>(event, states));
                        states = after;
                        done.set(event.number);
                        lift(event);
                        event = head.next;
                    } else {
                        event = event.next;
                    }
                } else if (order.isEmpty()) {
                    return violation();
                } else {
                    noteLongest();
                    Placed<Event, S> last = order.pop();
                    states = last.before();
                    done.clear(last.event().number);
                    putBack(last.event());
                    event = last.event().next;
                }
            }
            return new Verdict(Verdict.Kind.LINEARIZABLE, "key " + key);
        }

        private Set<S> step(Set<S> states, Operation<A, R> operation) {
            Set<S> after = new HashSet<>();
            for (S state : states) {
                after.addAll(model.step(state, operation.asked(), operation.answer()));
            }
            return after;
        }

        private boolean isNew(BitSet done, int number, Set<S> after) {
            BitSet with = (BitSet) done.clone();
            with.set(number);
            return remembered.add(new Remembered<>(with, after));
        }

        private void lift(Event call) {
            call.unlink();
            if (call.returned != null) {
                call.returned.unlink();
                left--;
            }
        }

        private void putBack(Event call) {
            if (call.returned != null) {
                call.returned.relink();
                left++;
            }
            call.relink();
        }

        private void noteLongest() {
            if (order.size() > longest.size()) {
                List<Operation<A, R>> placed = new ArrayList<>();
                order.descendingIterator().forEachRemaining(one -> placed.add(one.event().operation));
                longest = placed;
            }
        }

        private Verdict violation() {
            Set<Operation<A, R>> placed = new HashSet<>(longest);
            String unexplained = operations.stream()
                    .filter(operation -> operation.isComplete() && !placed.contains(operation))
                    .sorted(Comparator.comparingLong(Operation::returnNanos))
                    .limit(3)
                    .map(Object::toString)
                    .collect(Collectors.joining("\n  "));
            String before = longest.subList(Math.max(0, longest.size() - 5), longest.size()).stream()
                    .map(Object::toString)
                    .collect(Collectors.joining("\n  "));
            return new Verdict(
                    Verdict.Kind.VIOLATION,
                    "key " + key + ": no order explains all answers. The longest one that explains some ends with\n  "
                            + before + "\nand can't go on with any of\n  " + unexplained);
        }
    }
}
