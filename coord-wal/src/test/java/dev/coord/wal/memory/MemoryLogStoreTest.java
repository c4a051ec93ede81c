package dev.coord.wal.memory;

import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.LogStoreContract;
import java.nio.file.Path;

class MemoryLogStoreTest extends LogStoreContract {

    @Override
    protected LogStore open(Path directory, LogOptions options) {
        return new MemoryLogStore(options);
    }

    @Override
    protected String keepsNothing() {
        return "memory keeps nothing when it is closed, and syncs nothing";
    }

    @Override
    protected String whyNoFaults() {
        return "memory has no disk that could fail";
    }
}
