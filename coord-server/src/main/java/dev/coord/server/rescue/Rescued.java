package dev.coord.server.rescue;

import dev.coord.server.state.State;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A state put together from what lay on a disk, and how far that came.
 *
 * @param state what it is
 * @param snapshotIndex of the snapshot that it began with; 0: with none. All up to here was committed.
 * @param log what the log was found to hold; null: there was none
 * @param applied number of commands applied from the log
 * @param lastIndex of the newest log entry that is in the state; 0: not known
 * @param lastTerm of the newest log entry; 0: not known
 * @param voters Raft addresses of the newest configuration in the log; empty: none is in it
 * @param leftOut number of entries of the log that are not in the state
 * @param notes everything that was skipped, damaged or is not certain, in words; the first {@value #NOTES_MAX}
 * @param notesInAll how many there are
 * @param whole nothing is missing: what is here is all that this server had
 */
public record Rescued(
        State state,
        long snapshotIndex,
        @Nullable LogFound log,
        long applied,
        long lastIndex,
        long lastTerm,
        List<String> voters,
        long leftOut,
        List<String> notes,
        long notesInAll,
        boolean whole) {

    /** Notes that are kept; all are counted. */
    public static final int NOTES_MAX = 200;

    /**
     * A log, in figures.
     *
     * @param firstIndex of the oldest entry that it has, or had before a damage
     * @param nextIndex one past the newest
     */
    public record LogFound(String directory, String backend, long firstIndex, long nextIndex, long damages) {}

    public Rescued {
        voters = List.copyOf(voters);
        notes = List.copyOf(notes);
    }
}
