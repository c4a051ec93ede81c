package dev.coord.wal.lmdb;

import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.LogStoreContract;
import java.nio.file.Path;

class LmdbLogStoreTest extends LogStoreContract {

    /** Small, so that the map has to grow. */
    private static final long MAP_BYTES_AT_FIRST = 64 << 10;

    @Override
    protected LogStore open(Path directory, LogOptions options) {
        return LmdbLogStore.open(directory, options, MAP_BYTES_AT_FIRST);
    }
}
