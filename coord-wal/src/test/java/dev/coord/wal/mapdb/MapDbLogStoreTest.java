package dev.coord.wal.mapdb;

import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.PageStoreContract;
import dev.coord.wal.disk.FaultyDisk;
import dev.coord.wal.disk.FaultyDisk.Faults;
import dev.coord.wal.disk.NioDisk;
import dev.coord.wal.disk.SequenceMark;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;

@NullUnmarked
class MapDbLogStoreTest extends PageStoreContract {

    /** Small, so that it fills up. */
    private static final int JOURNAL_BYTES = 256 << 10;

    @Override
    protected LogStore open(Path directory, LogOptions options) {
        return MapDbLogStore.open(new NioDisk(directory), options, JOURNAL_BYTES);
    }

    @Override
    protected LogStore open(Path directory, LogOptions options, Faults faults) {
        return MapDbLogStore.open(new FaultyDisk(new NioDisk(directory), faults), options, JOURNAL_BYTES);
    }

    @Override
    protected String whyNoFaults() {
        return null;
    }

    @Override
    protected Set<String> dispensableFiles() {
        return Set.of(SequenceMark.FILE);
    }

    @Override
    protected String dataFile() {
        return MapDbLogStore.DATA_FILE;
    }
}
