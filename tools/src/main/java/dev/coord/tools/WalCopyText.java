package dev.coord.tools;

import dev.coord.wal.LogDamage;
import dev.coord.wal.maintenance.LogCopy;

/** How it is told that a log was written anew. */
final class WalCopyText {

    private WalCopyText() {}

    /** @param verb what was done, in the past */
    static String text(String verb, LogCopy copy) {
        StringBuilder text = new StringBuilder(verb + ": " + Figures.count(copy.entries(), "entry", "entries") + ", "
                + Figures.bytes(copy.bytes()) + ", " + copy.from().backend() + " ("
                + Figures.bytes(copy.fileBytesBefore()) + " of files) to " + copy.backend() + " ("
                + Figures.bytes(copy.fileBytesAfter()) + ") in " + copy.directory()
                + "; read back and compared entry by entry");
        LogDamage damage = copy.damage();
        if (damage != null) {
            text.append(System.lineSeparator())
                    .append("first damage of the source: ")
                    .append(damage);
            if (damage.entries() > 0) {
                text.append(System.lineSeparator())
                        .append(
                                "the copy ends before it: it lacks entries that had been acknowledged, so a server must not"
                                        + " start on it while the cluster has a majority without it");
            }
        }
        return text.toString();
    }

    static JsonText json(LogCopy copy) {
        JsonText json = new JsonText()
                .object()
                .put("source", copy.from().directory().toString())
                .put("source_backend", copy.from().backend())
                .put("directory", copy.directory().toString())
                .put("backend", copy.backend())
                .put("entries", copy.entries())
                .put("bytes", copy.bytes())
                .put("file_bytes_before", copy.fileBytesBefore())
                .put("file_bytes_after", copy.fileBytesAfter());
        LogDamage damage = copy.damage();
        if (damage != null) {
            WalVerifyCommand.put(json.object("damage"), damage).end();
        }
        return json.end();
    }
}
