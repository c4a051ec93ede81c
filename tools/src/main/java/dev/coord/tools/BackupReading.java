package dev.coord.tools;

import dev.coord.tools.backup.BackupHeader;
import dev.coord.tools.backup.BackupReader;
import dev.coord.tools.backup.Piece;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What was found when a backup was read to its end.
 *
 * @param header null: it can't be read
 * @param counts of records that can be read, by kind
 * @param end null: it is missing
 * @param damages at most {@link #DAMAGES_MAX}, in the order of the file
 */
record BackupReading(
        @Nullable BackupHeader header,
        long bytes,
        long chunks,
        Map<String, Long> counts,
        Piece.@Nullable End end,
        List<Piece.Damage> damages) {

    /** More are counted as one. */
    static final int DAMAGES_MAX = 1_000;

    static BackupReading of(BackupReader reader, ProgressBar bar, Consumer<Piece.Chunk> sink) throws IOException {
        Map<String, Long> counts = new TreeMap<>();
        List<Piece.Damage> damages = new ArrayList<>();
        long chunks = 0;
        long more = 0;
        Piece.End end = null;
        for (Piece piece = reader.next(); piece != null; piece = reader.next()) {
            if (piece instanceof Piece.Chunk chunk) {
                chunks++;
                counts.merge(chunk.kind().text(), (long) chunk.records().size(), Long::sum);
                sink.accept(chunk);
                for (int i = 0; i < chunk.records().size(); i++) {
                    bar.progress("reading the backup, bytes", reader.position(), reader.size());
                }
            } else if (piece instanceof Piece.End found) {
                end = found;
            } else if (piece instanceof Piece.Damage damage) {
                if (damages.size() < DAMAGES_MAX) {
                    damages.add(damage);
                } else {
                    more++;
                }
            }
        }
        if (more > 0) {
            damages.add(new Piece.Damage(null, "", "", -1, "and " + more + " more places are damaged"));
        }
        return new BackupReading(reader.header(), reader.size(), chunks, counts, end, List.copyOf(damages));
    }
}
