package dev.coord.wal.segment;

import dev.coord.wal.SyncMeter;
import dev.coord.wal.disk.Disk;
import dev.coord.wal.disk.DiskFile;
import java.io.IOException;
import java.util.List;

/** Replaces the manifest, and counts how often: each extent gets a salt of its own from that. For the mutating thread. */
final class ManifestFile {

    private final Disk disk;
    private final SyncMeter meter;
    private final int logId;
    private int generation;

    ManifestFile(Disk disk, SyncMeter meter, Manifest found) {
        this.disk = disk;
        this.meter = meter;
        this.logId = found.logId();
        this.generation = found.generation();
    }

    /** 0 if the log was never written. */
    int generation() {
        return generation;
    }

    /** Written beside, synced, renamed, its directory synced: after a crash the old one or the new one. */
    void replace(List<Extent> extents, long first, long next) throws IOException {
        var bytes = ManifestCodec.encode(new Manifest(logId, generation + 1, first, next, extents));
        meter.written(bytes.remaining());
        try (DiskFile beside = disk.create(Manifest.FILE_BESIDE)) {
            beside.write(bytes, 0);
            meter.sync(beside::sync);
        }
        disk.rename(Manifest.FILE_BESIDE, Manifest.FILE);
        disk.syncDirectory();
        generation++;
    }
}
