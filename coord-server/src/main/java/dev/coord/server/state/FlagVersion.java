package dev.coord.server.state;

import dev.coord.api.storage.v1.FlagHistory;
import dev.coord.server.command.ApiMapping;
import dev.coord.server.command.FlagAction;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One step in the history of a flag set: who changed what, when, from what and to what. Immutable.
 *
 * @param revision that it made; the set's modify index then
 * @param timeMillis by the leader's clock, since 1970
 * @param author as the writer gave it
 */
public record FlagVersion(long revision, long timeMillis, String author, FlagAction action, List<Delta> deltas) {

    public FlagVersion {
        deltas = List.copyOf(deltas);
    }

    /**
     * One definition.
     *
     * @param from null: it was new
     * @param to null: it went
     */
    public record Delta(
            String name, @Nullable String from, @Nullable String to) {

        int size() {
            return name.length() + (from == null ? 0 : from.length()) + (to == null ? 0 : to.length());
        }
    }

    /** About what it takes, characters. */
    int size() {
        return author.length() + deltas.stream().mapToInt(Delta::size).sum();
    }

    static FlagVersion of(FlagHistory message) {
        return new FlagVersion(
                message.getRevision(),
                message.getTimeMs(),
                message.getAuthor(),
                ApiMapping.fromMessage(message.getAction()),
                message.getDeltasList().stream()
                        .map(delta -> new Delta(
                                delta.getName(),
                                delta.hasFrom() ? delta.getFrom() : null,
                                delta.hasTo() ? delta.getTo() : null))
                        .toList());
    }

    FlagHistory toMessage(String set) {
        FlagHistory.Builder message = FlagHistory.newBuilder()
                .setSet(set)
                .setRevision(revision)
                .setTimeMs(timeMillis)
                .setAuthor(author)
                .setAction(ApiMapping.toMessage(action));
        for (Delta delta : deltas) {
            var one = message.addDeltasBuilder().setName(delta.name());
            if (delta.from() != null) {
                one.setFrom(delta.from());
            }
            if (delta.to() != null) {
                one.setTo(delta.to());
            }
        }
        return message.build();
    }
}
