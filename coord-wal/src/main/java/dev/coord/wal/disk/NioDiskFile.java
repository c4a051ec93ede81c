package dev.coord.wal.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file of the file system. A {@link FileChannel} is closed for everyone when one thread is interrupted while using it:
 * an interrupted reader must not take the log down, so the channel is opened again, the call made again, and the
 * interrupt handed on afterwards. Every call names its position, so making it twice does no harm.
 */
final class NioDiskFile implements DiskFile {

    private final Path path;

    /** Written under {@code this}, read by all. */
    private volatile FileChannel channel;

    private volatile boolean closed;

    NioDiskFile(Path path) throws IOException {
        this.path = path;
        this.channel = openChannel(path);
    }

    private static FileChannel openChannel(Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private interface Call {
        void on(FileChannel channel) throws IOException;
    }

    private void call(Call call) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                FileChannel used = channel;
                try {
                    call.on(used);
                    return;
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                    reopen(used);
                } catch (ClosedChannelException e) {
                    reopen(used); // another thread was interrupted, or the file is closed
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private synchronized void reopen(FileChannel broken) throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
        if (channel == broken) {
            channel = openChannel(path);
        }
    }

    @Override
    public void read(ByteBuffer into, long position) throws IOException {
        int begin = into.position();
        call(open -> {
            while (into.hasRemaining()) {
                if (open.read(into, position + into.position() - begin) < 0) {
                    return;
                }
            }
        });
    }

    @Override
    public void write(ByteBuffer from, long position) throws IOException {
        int begin = from.position();
        call(open -> {
            while (from.hasRemaining()) {
                open.write(from, position + from.position() - begin);
            }
        });
    }

    @Override
    public void sync() throws IOException {
        call(open -> open.force(false));
    }

    @Override
    public long size() throws IOException {
        long[] size = new long[1];
        call(open -> size[0] = open.size());
        return size[0];
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        channel.close();
    }
}
