package dev.coord.tools;

import dev.coord.server.archive.Tar;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.GZIPOutputStream;

/** A {@code .tar.gz} that grows file by file, up to a number of bytes before compression. Any thread may add; one at a time does. */
final class DebugArchive implements AutoCloseable {

    private final OutputStream out;
    private final String root;
    private final long bytesMax;
    private final long beganSeconds;
    private long bytes;
    private int files;

    /**
     * @param file must not exist
     * @param root the directory that all is under
     * @param bytesMax of all files; one more that does not fit is refused
     */
    DebugArchive(Path file, String root, long bytesMax, long nowMillis) throws IOException {
        this.out = new GZIPOutputStream(
                new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)));
        this.root = root;
        this.bytesMax = bytesMax;
        this.beganSeconds = nowMillis / 1_000;
    }

    /** False: there is no room for it; nothing was added. */
    synchronized boolean add(String name, byte[] content) throws IOException {
        if (!fits(content.length)) {
            return false;
        }
        addAlways(name, content);
        return true;
    }

    /** The same with a file's content. */
    synchronized boolean add(String name, Path content) throws IOException {
        long length = Files.size(content);
        if (!fits(length)) {
            return false;
        }
        Tar.writeHeader(out, root + "/" + name, length, beganSeconds);
        Files.copy(content, out);
        Tar.writePadding(out, length);
        count(length);
        return true;
    }

    /** For what must be in it: how the rest went. */
    synchronized void addAlways(String name, byte[] content) throws IOException {
        Tar.writeHeader(out, root + "/" + name, content.length, beganSeconds);
        out.write(content);
        Tar.writePadding(out, content.length);
        count(content.length);
    }

    private boolean fits(long more) {
        return bytes + more <= bytesMax;
    }

    private void count(long more) {
        bytes += more;
        files++;
    }

    synchronized long bytes() {
        return bytes;
    }

    synchronized int files() {
        return files;
    }

    @Override
    public synchronized void close() throws IOException {
        Tar.writeEnd(out);
        out.close();
    }
}
