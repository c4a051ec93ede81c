package dev.coord.wal.maintenance;

import dev.coord.wal.LogDamage;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogLayout;
import dev.coord.wal.LogVisitor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** All that a scan has found. */
class Scanned implements LogVisitor {

    /** A file as it is: nothing about it may change under a reader. */
    record FileState(long bytes, int hash, FileTime modified) {}

    final List<LogEntry> entries = new ArrayList<>();
    final List<LogDamage> damages = new ArrayList<>();
    LogLayout layout;

    static Scanned of(Path directory) {
        Scanned scanned = new Scanned();
        try (LogScan scan = LogScan.open(directory)) {
            scanned.layout = scan.read(scanned);
        }
        return scanned;
    }

    @Override
    public void entry(LogEntry entry, String file, long offset) {
        entries.add(entry);
    }

    @Override
    public void damage(LogDamage damage) {
        damages.add(damage);
    }

    /** True if a damage takes this index away. */
    boolean isLost(long index) {
        return damages.stream().anyMatch(damage -> index >= damage.firstIndex() && index < damage.nextIndex());
    }

    List<Long> indexes() {
        return entries.stream().map(LogEntry::index).toList();
    }

    static Map<String, FileState> filesIn(Path directory) {
        Map<String, FileState> files = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                files.put(
                        directory.relativize(path).toString(),
                        new FileState(
                                Files.size(path),
                                Arrays.hashCode(Files.readAllBytes(path)),
                                Files.getLastModifiedTime(path)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files;
    }
}
