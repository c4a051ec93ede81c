package dev.coord.wal.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.NullUnmarked;

/** A real directory whose writes can be made to fail, and whose syncs can be held up. */
@NullUnmarked
public final class FaultyDisk implements Disk {

    /** What goes wrong from now on. Set by the test, seen by every thread. */
    public static final class Faults {
        private volatile String writeFailure;
        private volatile CountDownLatch syncGate;
        private final CountDownLatch syncReached = new CountDownLatch(1);

        /** Every write fails with these words; null: none does. */
        public void failWrites(String words) {
            writeFailure = words;
        }

        /** Syncs wait until the gate opens. */
        public void holdSyncs(CountDownLatch gate) {
            syncGate = gate;
        }

        /** Opens when a sync is held up. */
        public CountDownLatch syncReached() {
            return syncReached;
        }

        private void onWrite() throws IOException {
            String words = writeFailure;
            if (words != null) {
                throw new IOException(words);
            }
        }

        private void onSync() throws IOException {
            CountDownLatch gate = syncGate;
            if (gate != null) {
                syncReached.countDown();
                try {
                    gate.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
        }
    }

    private final Disk disk;
    private final Faults faults;

    public FaultyDisk(Disk disk, Faults faults) {
        this.disk = disk;
        this.faults = faults;
    }

    @Override
    public String describe(String name) {
        return disk.describe(name);
    }

    @Override
    public Set<String> list() throws IOException {
        return disk.list();
    }

    @Override
    public long size(String name) throws IOException {
        return disk.size(name);
    }

    @Override
    public DiskFile create(String name) throws IOException {
        faults.onWrite();
        return new FaultyFile(disk.create(name));
    }

    @Override
    public DiskFile open(String name) throws IOException {
        return new FaultyFile(disk.open(name));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        faults.onWrite();
        disk.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
        faults.onWrite();
        disk.delete(name);
    }

    @Override
    public void syncDirectory() throws IOException {
        faults.onSync();
        disk.syncDirectory();
    }

    private final class FaultyFile implements DiskFile {

        private final DiskFile file;

        FaultyFile(DiskFile file) {
            this.file = file;
        }

        @Override
        public void read(ByteBuffer into, long position) throws IOException {
            file.read(into, position);
        }

        @Override
        public void write(ByteBuffer from, long position) throws IOException {
            faults.onWrite();
            file.write(from, position);
        }

        @Override
        public void sync() throws IOException {
            faults.onSync();
            file.sync();
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
