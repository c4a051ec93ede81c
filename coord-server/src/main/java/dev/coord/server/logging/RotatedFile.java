package dev.coord.server.logging;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A file of lines that grows, put aside under a numbered name beside it when it is large or old; for its owner alone. Lines are
 * handed to the operating system at once, and never synced. One thread at a time uses it.
 */
public final class RotatedFile implements AutoCloseable {

    /** As many digits as the last long has: so that names are in the order of their numbers. */
    private static final String NUMBERED = "%s-%019d%s";

    private final Path path;
    private final Rotation rotation;
    private final InstantSource clock;
    private FileChannel channel;
    private Instant since;

    /**
     * Opens it, made with its directory if it is not there; what it holds already stays.
     *
     * @throws IOException when it can't be written
     */
    public RotatedFile(Path path, Rotation rotation, InstantSource clock) throws IOException {
        this.path = path.toAbsolutePath();
        this.rotation = rotation;
        this.clock = clock;
        Files.createDirectories(this.path.getParent());
        this.channel = open();
        this.since = clock.instant();
    }

    private FileChannel open() throws IOException {
        return FileChannel.open(
                path,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    /**
     * Whole lines. The file is put aside before it would grow beyond its bound; lines larger than that stand alone.
     *
     * @throws IOException when they could not be written, or not all of them
     */
    public void append(String lines) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(lines.getBytes(StandardCharsets.UTF_8));
        if (!channel.isOpen()) {
            channel = open();
        }
        if (channel.size() > 0
                && (channel.size() + bytes.remaining() > rotation.bytes()
                        || !clock.instant().isBefore(since.plus(rotation.age())))) {
            rotate();
        }
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private void rotate() throws IOException {
        channel.close();
        List<Path> before = putAside();
        long next = before.isEmpty() ? 1 : number(before.get(before.size() - 1)) + 1;
        Files.move(path, path.resolveSibling(NUMBERED.formatted(stem(), next, ending())));
        channel = open();
        since = clock.instant();
        List<Path> now = putAside();
        for (Path old : now.subList(0, Math.max(0, now.size() - rotation.filesMax()))) {
            Files.delete(old);
        }
    }

    /** The oldest first. */
    private List<Path> putAside() throws IOException {
        try (Stream<Path> all = Files.list(path.getParent())) {
            return all.filter(file -> number(file) > 0).sorted().toList();
        }
    }

    /** 0: none of this file's. */
    private long number(Path file) {
        String name = file.getFileName().toString();
        String start = stem() + "-";
        String digits = name.startsWith(start) && name.endsWith(ending())
                ? name.substring(start.length(), Math.max(start.length(), name.length() - ending().length()))
                : "";
        return digits.matches("[0-9]{19}") ? Long.parseLong(digits) : 0;
    }

    private String stem() {
        String name = path.getFileName().toString();
        return name.substring(0, name.length() - ending().length());
    }

    /** With its dot; empty: none. */
    private String ending() {
        String name = path.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot <= 0 ? "" : name.substring(dot);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
