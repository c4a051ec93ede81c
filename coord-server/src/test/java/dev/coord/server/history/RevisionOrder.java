package dev.coord.server.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All keys share one order, the store's revisions: one who is called after another returned is at a later revision, or, when
 * it only reads, not at an earlier one; and no two writes are at the same.
 */
public final class RevisionOrder {

    private RevisionOrder() {}

    /** What is wrong, in words; empty: nothing. */
    public static Optional<String> violation(List<Operation<KeyModel.Asked, KeyModel.Answer>> history) {
        List<Operation<KeyModel.Asked, KeyModel.Answer>> byCall =
                history.stream().filter(Operation::isComplete).collect(ArrayList::new, List::add, List::addAll);
        List<Operation<KeyModel.Asked, KeyModel.Answer>> byReturn = new ArrayList<>(byCall);
        byCall.sort(Comparator.comparingLong(Operation::callNanos));
        byReturn.sort(Comparator.comparingLong(Operation::returnNanos));
        Map<Long, Operation<KeyModel.Asked, KeyModel.Answer>> writes = new HashMap<>();
        Operation<KeyModel.Asked, KeyModel.Answer> newest = null;
        int returned = 0;
        for (Operation<KeyModel.Asked, KeyModel.Answer> operation : byCall) {
            while (byReturn.get(returned).returnNanos() < operation.callNanos()) {
                Operation<KeyModel.Asked, KeyModel.Answer> before = byReturn.get(returned++);
                if (newest == null || revision(before) > revision(newest)) {
                    newest = before;
                }
            }
            boolean write = operation.answer() instanceof KeyModel.Wrote;
            if (newest != null && revision(operation) < revision(newest) + (write ? 1 : 0)) {
                return Optional.of(operation + "\nwas called after this had returned:\n" + newest);
            }
            Operation<KeyModel.Asked, KeyModel.Answer> other =
                    write ? writes.put(revision(operation), operation) : null;
            if (other != null) {
                return Optional.of("two writes at one revision:\n" + operation + "\n" + other);
            }
        }
        return Optional.empty();
    }

    private static long revision(Operation<KeyModel.Asked, KeyModel.Answer> operation) {
        KeyModel.Answer answer = operation.answer();
        return answer == null ? 0 : answer.revision();
    }
}
