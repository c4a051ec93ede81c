package dev.coord.server.log;

import dev.coord.wal.LogEntry;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** A CRC32C over entries one after another: index, term and data of each. For one thread. */
final class RunningChecksum {

    private final CRC32C crc = new CRC32C();
    private final ByteBuffer header = ByteBuffer.allocate(2 * Long.BYTES + Integer.BYTES);

    void add(LogEntry entry) {
        header.clear();
        header.putLong(entry.index()).putLong(entry.term()).putInt(entry.bytes());
        crc.update(header.flip());
        crc.update(entry.data().duplicate());
    }

    void restart() {
        crc.reset();
    }

    int value() {
        return (int) crc.getValue();
    }
}
