package dev.coord.wal.segment;

import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.LogStoreContract;
import java.nio.file.Path;

class SegmentLogStoreTest extends LogStoreContract {

    @Override
    protected LogStore open(Path directory, LogOptions options) {
        return SegmentLogStore.open(directory, options);
    }
}
