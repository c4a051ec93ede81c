package dev.coord.server.raft;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The file {@code recovery.json} of a server that its cluster was begun anew with: each time that this was done, for ever; and
 * whether the server still has to make itself the only voter, which it does at every start until it has.
 */
final class RecoveryFile {

    private static final int FORMAT = 1;

    private final DurableFile file;

    /**
     * What is in it.
     *
     * @param pending the server is not the only voter yet
     * @param marks the oldest first
     */
    record Content(boolean pending, List<RecoveryMark> marks) {

        static final Content NONE = new Content(false, List.of());

        Content {
            marks = List.copyOf(marks);
        }
    }

    RecoveryFile(Path path) {
        this.file = new DurableFile(path);
    }

    Content read() throws IOException {
        Optional<byte[]> bytes = file.read();
        if (bytes.isEmpty()) {
            return Content.NONE;
        }
        try {
            JsonObject json = new JsonObject(new String(bytes.get(), StandardCharsets.UTF_8));
            int format = json.getInteger("format", 0);
            if (format != FORMAT) {
                throw new IOException(file.path() + " has format " + format + ", this build knows " + FORMAT
                        + ": start a newer build");
            }
            List<RecoveryMark> marks = new ArrayList<>();
            for (Object one : json.getJsonArray("recoveries", new JsonArray())) {
                marks.add(mark((JsonObject) one));
            }
            return new Content(json.getBoolean("pending", false), marks);
        } catch (DecodeException | ClassCastException e) {
            throw new IOException(
                    file.path() + " can't be read (" + e.getMessage() + "): restore it from the checkpoint", e);
        }
    }

    private static RecoveryMark mark(JsonObject json) {
        return new RecoveryMark(
                json.getString("plan", ""),
                json.getLong("generation", 0L),
                json.getLong("time_ms", 0L),
                json.getLong("last_term", 0L),
                json.getLong("last_index", 0L),
                json.getJsonArray("lost", new JsonArray()).stream()
                        .map(String::valueOf)
                        .toList(),
                json.getString("may_lose", ""));
    }

    /** When this returns, it survives a crash. */
    void replace(Content content) throws IOException {
        JsonArray recoveries = new JsonArray();
        for (RecoveryMark mark : content.marks()) {
            recoveries.add(new JsonObject()
                    .put("plan", mark.plan())
                    .put("generation", mark.generation())
                    .put("time_ms", mark.timeMillis())
                    .put("last_term", mark.lastTerm())
                    .put("last_index", mark.lastIndex())
                    .put("lost", new JsonArray(mark.lost()))
                    .put("may_lose", mark.mayLose()));
        }
        file.replace(new JsonObject()
                .put("format", FORMAT)
                .put("pending", content.pending())
                .put("recoveries", recoveries)
                .encodePrettily()
                .getBytes(StandardCharsets.UTF_8));
    }
}
