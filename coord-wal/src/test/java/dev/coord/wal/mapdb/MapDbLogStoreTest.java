package dev.coord.wal.mapdb;

import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.LogStoreContract;
import java.nio.file.Path;

class MapDbLogStoreTest extends LogStoreContract {

    @Override
    protected LogStore open(Path directory, LogOptions options) {
        return MapDbLogStore.open(directory, options);
    }
}
