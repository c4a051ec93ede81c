package dev.coord.wal.mapdb;

import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.disk.CrashContract;
import dev.coord.wal.disk.Disk;

/** The same as for {@code segment}: the journal makes a commit of the engine whole or nothing, power cuts included. */
class MapDbCrashTest extends CrashContract {

    private static final int JOURNAL_BYTES = 24 << 10;

    MapDbCrashTest() {
        super(12, 2);
    }

    @Override
    protected LogStore open(Disk disk) {
        return MapDbLogStore.open(disk, new LogOptions(4 << 10, ENTRY_BYTES_MAX), JOURNAL_BYTES);
    }

    @Override
    protected long capacityStep() {
        return 50_021;
    }
}
