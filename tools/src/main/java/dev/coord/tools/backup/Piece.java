package dev.coord.tools.backup;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What comes next in a backup's file. */
public sealed interface Piece {

    /**
     * Some records of one kind, whole.
     *
     * @param first the first one's name: a key, a node, a flag set, a name of the ACL
     * @param last the last one's
     * @param bytes that its records take
     */
    record Chunk(BackupKind kind, String first, String last, List<JsonObject> records, long bytes) implements Piece {
        public Chunk {
            records = List.copyOf(records);
        }
    }

    /**
     * Something that can't be read.
     *
     * @param kind null: that can't be read either
     * @param first the first name in it; without a kind, the last one before it; empty: none is known
     * @param last the last name in it; empty: not known
     * @param count of the records in it; below 0: not known
     * @param why what is wrong
     */
    record Damage(@Nullable BackupKind kind, String first, String last, long count, String why) implements Piece {

        /** In words: what is missing, and why. */
        public String text() {
            if (kind == null) {
                return (first.isEmpty() ? "something" : "something after \"" + first + "\"") + ": " + why;
            }
            return kind.text() + ": " + count + " " + kind.noun(count) + " from \"" + first + "\" to \"" + last + "\": "
                    + why;
        }

        public JsonObject json() {
            return new JsonObject()
                    .put("kind", kind == null ? null : kind.text())
                    .put("first", first)
                    .put("last", last)
                    .put("count", count < 0 ? null : count)
                    .put("why", why);
        }
    }

    /**
     * The end, as it was written.
     *
     * @param counts of records by kind
     * @param index of the newest change when the backup was finished
     * @param chunks before it
     * @param skipped what could not be read when it was made, in words
     */
    record End(Map<String, Long> counts, long index, long chunks, List<String> skipped) implements Piece {
        public End {
            counts = Map.copyOf(counts);
            skipped = List.copyOf(skipped);
        }
    }
}
