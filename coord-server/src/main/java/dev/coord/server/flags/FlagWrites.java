package dev.coord.server.flags;

import dev.coord.server.command.Command;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.command.ConsensusException.Reason;
import dev.coord.server.command.FlagAction;
import dev.coord.server.state.State;
import dev.coord.server.state.StateReader;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Writes flag definitions: reads the newest version of the set, checks what the next one would be, and proposes the
 * difference for that version alone. When somebody else was faster it looks again, unless the writer named the version that
 * it counts on: then it is told of the conflict.
 *
 * <p>Safe from any thread; never blocks. Checking a large document takes a while: it is done on a thread of its own, one
 * write after the other, and at {@value #WAITING_MAX} waiting writes one more is refused. Close it after those who call it and before the executor.
 */
public final class FlagWrites implements AutoCloseable {

    /** The most writes that wait to be checked. */
    static final int WAITING_MAX = 64;
    /** After so many lost races a writer without a condition is told of the conflict, too. */
    private static final int ATTEMPTS_MAX = 8;

    private static final Pattern SET_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

    private final CommandExecutor executor;
    private final StateReader states;
    private final ThreadPoolExecutor thread;
    /** Guarded by this: the write that was asked for last. */
    private CompletableFuture<Written> last = CompletableFuture.completedFuture(new Written(0, List.of(), null));
    /** Guarded by this: how many are under way or wait. */
    private int waiting;

    public FlagWrites(CommandExecutor executor, StateReader states) {
        this.executor = executor;
        this.states = states;
        thread = new ThreadPoolExecutor(1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            Thread checking = new Thread(task, "coord-flags");
            checking.setDaemon(true);
            return checking;
        });
        thread.allowCoreThreadTimeOut(true);
    }

    /**
     * What became of a write.
     *
     * @param index the set's modify index
     * @param changed the flags that are other than before, sorted; empty: nothing was to be changed, or a conflict
     * @param conflict what the writer counted on and what there is; null: none, it was written
     */
    public record Written(
            long index, List<String> changed, @Nullable String conflict) {
        public Written {
            changed = List.copyOf(changed);
        }
    }

    /**
     * Writes a whole document: flags that it does not have go.
     *
     * @param cas only if this is the set's modify index, 0: only if there is no such set; null: whatever there is
     * @return fails with {@link ConsensusException}; {@link Reason#INVALID} names the place in the document and the rule
     */
    public CompletableFuture<Written> putSet(String set, String document, @Nullable Long cas, String author) {
        return write(set, author, FlagAction.PUT, (before, change) -> {
            change.requireSetIndex(cas);
            change.next(FeatureCheck.checked(set, FlagDocument.parse(document)));
        });
    }

    /** Writes one definition; the set is made if need be. The condition is on the flag. */
    public CompletableFuture<Written> putFlag(
            String set, String flag, String definition, @Nullable Long cas, String author) {
        return write(set, author, FlagAction.PUT, (before, change) -> {
            change.requireFlagIndex(flag, cas);
            change.next(FeatureCheck.checked(set, FlagDocument.of(before).with(flag, definition)));
        });
    }

    /** Deletes a set; its history stays for a while. To delete what is not there succeeds. */
    public CompletableFuture<Written> deleteSet(String set, @Nullable Long cas, String author) {
        return write(set, author, FlagAction.DELETE, (before, change) -> {
            change.requireSetIndex(cas);
            change.drop();
        });
    }

    /** Deletes one definition. To delete what is not there succeeds. */
    public CompletableFuture<Written> deleteFlag(String set, String flag, @Nullable Long cas, String author) {
        return write(set, author, FlagAction.DELETE, (before, change) -> {
            change.requireFlagIndex(flag, cas);
            if (before != null) {
                change.next(FlagDocument.of(before).without(flag));
            }
        });
    }

    /** Takes the version before the newest back, as a version of its own; a deleted set comes back, too. */
    public CompletableFuture<Written> undo(String set, @Nullable Long cas, String author) {
        return write(set, author, FlagAction.UNDO, (before, change) -> {
            change.requireSetIndex(cas);
            change.undo();
        });
    }

    /** Says what the next version shall be, in a state. */
    private interface Plan {
        void make(dev.coord.server.state.@Nullable FlagSetEntry before, NextVersion change);
    }

    private CompletableFuture<Written> write(String set, String author, FlagAction action, Plan plan) {
        requireName(set);
        if (author.length() > FlagLimits.AUTHOR_CHARS_MAX) {
            throw new ConsensusException(
                    Reason.INVALID,
                    "the author has " + author.length() + " characters, at most " + FlagLimits.AUTHOR_CHARS_MAX);
        }
        return inTurn(() -> attempt(set, author, action, plan, 1));
    }

    /** One after the other: writers at this server then race only those at others. */
    private synchronized CompletableFuture<Written> inTurn(Supplier<CompletableFuture<Written>> write) {
        if (waiting >= WAITING_MAX) {
            throw new ConsensusException(
                    Reason.OVERLOADED, WAITING_MAX + " writes of flags wait already, no more are taken");
        }
        waiting++;
        CompletableFuture<Written> mine = last.handle((before, failure) -> null).thenCompose(turn -> write.get());
        last = mine.whenComplete((written, failure) -> done());
        return mine;
    }

    private synchronized void done() {
        waiting--;
    }

    /**
     * The author for the history: what the writer calls itself, and the token that it had, which it can't choose.
     *
     * @param given empty: it said nothing
     * @param place where it is, when there is nothing else to say
     * @param accessor of its token; empty: there are no tokens
     */
    public static String author(String given, String place, String accessor) {
        if (accessor.isEmpty()) {
            return given.isEmpty() ? place : given;
        }
        return given.isEmpty() ? "token " + accessor : given + " (token " + accessor + ")";
    }

    /** Throws when no set can have that name. */
    public static void requireName(String set) {
        if (set.length() > FlagLimits.SET_NAME_CHARS_MAX
                || !SET_NAME.matcher(set).matches()) {
            throw new ConsensusException(
                    Reason.INVALID,
                    "\"" + set + "\" can't be the name of a flag set: letters, digits and . _ - are, a letter or digit"
                            + " first, at most " + FlagLimits.SET_NAME_CHARS_MAX + " characters");
        }
    }

    private CompletableFuture<Written> attempt(String set, String author, FlagAction action, Plan plan, int number) {
        return states.linearizable()
                .thenCompose(state -> checked(state, set, author, action, plan))
                .thenCompose(change -> propose(
                        change,
                        () -> number == ATTEMPTS_MAX
                                ? CompletableFuture.completedFuture(change.lostRace(ATTEMPTS_MAX))
                                : attempt(set, author, action, plan, number + 1)));
    }

    private CompletableFuture<NextVersion> checked(
            State state, String set, String author, FlagAction action, Plan plan) {
        try {
            return CompletableFuture.supplyAsync(
                    () -> {
                        NextVersion change = new NextVersion(state, set, author, action);
                        plan.make(state.flagSet(set), change);
                        return change;
                    },
                    thread);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(new ConsensusException(Reason.STOPPED, "this server is stopping"));
        }
    }

    private CompletableFuture<Written> propose(NextVersion change, Supplier<CompletableFuture<Written>> again) {
        Command.ChangeFlags command = change.command();
        if (command == null) {
            return CompletableFuture.completedFuture(change.nothingWritten());
        }
        return executor.execute(command).thenCompose(result -> {
            if (result.rejection() != null) {
                return CompletableFuture.failedFuture(new ConsensusException(
                        Reason.INVALID, result.rejection().message()));
            }
            return result.ok() ? CompletableFuture.completedFuture(written(change, result)) : again.get();
        });
    }

    private static Written written(NextVersion change, CommandResult result) {
        return new Written(result.revision(), change.changedFlags(), null);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
