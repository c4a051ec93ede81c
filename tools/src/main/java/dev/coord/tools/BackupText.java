package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.tools.backup.BackupFormatException;
import dev.coord.tools.backup.BackupHeader;
import dev.coord.tools.backup.BackupKind;
import dev.coord.tools.backup.Piece;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A backup for people and for programs. */
final class BackupText {

    private BackupText() {}

    /** "1 key, 2 flag sets"; kinds without records are left out. */
    static String counts(Map<String, Long> counts) {
        String text = Arrays.stream(BackupKind.values())
                .filter(kind -> counts.getOrDefault(kind.text(), 0L) > 0)
                .map(kind -> Figures.count(counts.get(kind.text())) + " " + kind.noun(counts.get(kind.text())))
                .collect(Collectors.joining(", "));
        return text.isEmpty() ? "nothing" : text;
    }

    static Map<String, Long> byName(Map<BackupKind, Long> counts) {
        Map<String, Long> named = new LinkedHashMap<>();
        counts.forEach((kind, count) -> named.put(kind.text(), count));
        return named;
    }

    static JsonObject numbers(Map<String, Long> counts) {
        JsonObject numbers = new JsonObject();
        counts.forEach(numbers::put);
        return numbers;
    }

    static JsonObject verified(BackupReading reading) {
        return new JsonObject()
                .put("sound", reading.damages().isEmpty())
                .put("counts", numbers(reading.counts()))
                .put("damages", damages(reading));
    }

    static JsonObject inspected(BackupReading reading) {
        BackupHeader header = reading.header();
        Piece.End end = reading.end();
        return new JsonObject()
                .put("header", header == null ? null : header.json())
                .put("bytes", reading.bytes())
                .put("chunks", reading.chunks())
                .put("counts", numbers(reading.counts()))
                .put("end_index", end == null ? null : end.index())
                .put("skipped", end == null ? new JsonArray() : new JsonArray(end.skipped()))
                .put("damages", damages(reading));
    }

    private static JsonArray damages(BackupReading reading) {
        JsonArray damages = new JsonArray();
        reading.damages().forEach(damage -> damages.add(damage.json()));
        return damages;
    }

    static String inspection(BackupReading reading) {
        JsonObject fields = new JsonObject();
        BackupHeader header = reading.header();
        if (header != null) {
            fields.put("Cluster", header.cluster().isEmpty() ? "unknown" : header.cluster())
                    .put("Datacenter", header.datacenter())
                    .put("Begun", header.time())
                    .put("Kinds", String.join(", ", header.kinds()))
                    .put("Prefixes", header.prefixes().isEmpty() ? "all" : quoted(header.prefixes()))
                    .put("Index", index(header, reading.end()))
                    .put("Written by", "coord " + header.writer());
        }
        fields.put("Size", Figures.bytes(reading.bytes()) + " in " + Figures.count(reading.chunks(), "chunk", "chunks"))
                .put("Holds", counts(reading.counts()));
        if (reading.end() != null && !reading.end().skipped().isEmpty()) {
            fields.put(
                    "Never saved", String.join("\n             ", reading.end().skipped()));
        }
        return Console.fields(fields);
    }

    private static String index(BackupHeader header, Piece.@Nullable End end) {
        return end == null || end.index() == header.index()
                ? String.valueOf(header.index())
                : header.index() + " to " + end.index();
    }

    private static String quoted(List<String> texts) {
        return texts.stream().map(text -> "\"" + text + "\"").collect(Collectors.joining(", "));
    }

    static StartupException unreadable(Path file, IOException e) {
        if (e instanceof NoSuchFileException) {
            return new StartupException(ExitCode.USAGE, file + " is not there", e);
        }
        return new StartupException(
                ExitCode.FAILED,
                e instanceof BackupFormatException
                        ? String.valueOf(e.getMessage())
                        : file + " can't be read: " + e.getMessage(),
                e);
    }
}
