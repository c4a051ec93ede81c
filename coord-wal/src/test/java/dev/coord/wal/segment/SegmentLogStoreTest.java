package dev.coord.wal.segment;

import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.LogStoreContract;
import dev.coord.wal.disk.FaultyDisk;
import dev.coord.wal.disk.FaultyDisk.Faults;
import dev.coord.wal.disk.NioDisk;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;

@NullUnmarked
class SegmentLogStoreTest extends LogStoreContract {

    @Override
    protected LogStore open(Path directory, LogOptions options) {
        return SegmentLogStore.open(directory, options);
    }

    @Override
    protected LogStore open(Path directory, LogOptions options, Faults faults) {
        return SegmentLogStore.open(new FaultyDisk(new NioDisk(directory), faults), options, 7);
    }

    @Override
    protected String whyNoFaults() {
        return null;
    }

    @Override
    protected Set<String> dispensableFiles() {
        return Set.of(Watermark.FILE);
    }
}
