package dev.coord.client;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who writes flags, and on which condition. Immutable.
 *
 * @param author for the history
 * @param expectedRevision only if the set, or the flag, was changed last in this revision; 0: only if there is none; null:
 *     whatever there is
 */
public record FlagWrite(String author, @Nullable Long expectedRevision) {

    /** Whatever there is. */
    public static FlagWrite by(String author) {
        return new FlagWrite(author, null);
    }

    /** Only if nobody else was faster. */
    public FlagWrite onlyAt(long revision) {
        return new FlagWrite(author, revision);
    }

    /**
     * What came of it.
     *
     * @param revision the set's
     * @param changed the flags that are other than before, sorted; empty: nothing was to be changed
     */
    public record Outcome(long revision, List<String> changed) {
        public Outcome {
            changed = List.copyOf(changed);
        }
    }
}
