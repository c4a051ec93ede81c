package dev.coord.wal.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** A directory of which nothing can be changed, also by mistake. */
public record ReadOnlyDisk(Path directory) implements Disk {

    @Override
    public String describe(String name) {
        return new NioDisk(directory).describe(name);
    }

    @Override
    public Set<String> list() throws IOException {
        return new NioDisk(directory).list();
    }

    @Override
    public long size(String name) throws IOException {
        return Files.size(directory.resolve(name));
    }

    @Override
    public DiskFile open(String name) throws IOException {
        return new ReadOnlyFile(FileChannel.open(directory.resolve(name), StandardOpenOption.READ));
    }

    @Override
    public DiskFile create(String name) {
        throw new UnsupportedOperationException(name);
    }

    @Override
    public void rename(String from, String to) {
        throw new UnsupportedOperationException(from);
    }

    @Override
    public void delete(String name) {
        throw new UnsupportedOperationException(name);
    }

    @Override
    public void syncDirectory() {
        throw new UnsupportedOperationException(directory.toString());
    }

    private record ReadOnlyFile(FileChannel channel) implements DiskFile {

        @Override
        public void read(ByteBuffer into, long position) throws IOException {
            int begin = into.position();
            while (into.hasRemaining()) {
                if (channel.read(into, position + into.position() - begin) < 0) {
                    return;
                }
            }
        }

        @Override
        public void write(ByteBuffer from, long position) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void sync() {
            throw new UnsupportedOperationException();
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
