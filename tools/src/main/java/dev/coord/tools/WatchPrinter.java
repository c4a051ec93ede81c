package dev.coord.tools;

import dev.coord.client.CoordClient;
import dev.coord.client.CoordException;
import dev.coord.client.ReadMode;
import dev.coord.client.Watch;
import dev.coord.client.WatchListener;
import dev.coord.client.WatchMode;
import dev.coord.client.WatchTarget;
import dev.coord.client.WatchUpdate;
import dev.coord.client.WatchUpdate.ItemChange;
import dev.coord.server.ExitCode;
import java.io.PrintWriter;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Prints a watch until the process is told to stop. A line for each change: {@code +} new, {@code ~} changed, {@code -} gone;
 * or, as JSON, the revision, the item and what it is now ({@code null}: gone).
 */
final class WatchPrinter<T> implements WatchListener<T> {

    private final PrintWriter out;
    private final PrintWriter err;
    private final Connection connection;
    private final Function<ItemChange<T>, String> line;
    private final BiFunction<JsonText, T, JsonText> fields;
    private final CompletableFuture<CoordException> over = new CompletableFuture<>();

    /**
     * @param line writes a change as text
     * @param fields writes an item's fields as JSON
     */
    WatchPrinter(
            CommandSpec spec,
            Connection connection,
            Function<ItemChange<T>, String> line,
            BiFunction<JsonText, T, JsonText> fields) {
        this.out = spec.commandLine().getOut();
        this.err = spec.commandLine().getErr();
        this.connection = connection;
        this.line = line;
        this.fields = fields;
    }

    /** Returns when the watch was refused; a signal ends the process before. */
    int run(WatchTarget<T> target, WatchMode mode) {
        try (CoordClient client = connection.open();
                Watch<T> watch = client.watch(target, mode, ReadMode.LINEARIZABLE, this)) {
            CoordException why = over.join();
            err.println("coord: " + watch.target() + ": " + why.getMessage());
            return ExitCode.FAILED.status();
        }
    }

    @Override
    public void updated(WatchUpdate<T> update) {
        for (ItemChange<T> change : update.changes()) {
            out.println(
                    connection.json()
                            ? json(update, change)
                            : "revision " + update.revision() + "  " + line.apply(change));
        }
        if (update.first() && update.changes().isEmpty() && !connection.json()) {
            out.println("revision " + update.revision() + "  (nothing yet)");
        }
        out.flush();
    }

    private String json(WatchUpdate<T> update, ItemChange<T> change) {
        JsonText json =
                new JsonText().object().put("revision", update.revision()).put("id", change.id());
        T after = change.after();
        if (after == null) {
            json.putNull("item");
        } else {
            fields.apply(json.object("item"), after).end();
        }
        return json.end().toString();
    }

    @Override
    public void interrupted(CoordException why) {
        err.println("coord: cut off, looking for a server: " + why.getMessage());
        err.flush();
    }

    @Override
    public void failed(CoordException why) {
        over.complete(why);
    }
}
