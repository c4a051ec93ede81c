package dev.coord.wal.segment;

import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.disk.CrashContract;
import dev.coord.wal.disk.Disk;

class SegmentCrashTest extends CrashContract {

    SegmentCrashTest() {
        super(40, 5);
    }

    @Override
    protected LogStore open(Disk disk) {
        return SegmentLogStore.open(disk, new LogOptions(4 << 10, ENTRY_BYTES_MAX), 0xC0FFEE);
    }

    @Override
    protected long capacityStep() {
        return 173;
    }
}
