package dev.coord.server.audit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The file that grows, put aside when it is large; for its owner alone. One thread uses it. */
final class AuditFile implements AutoCloseable {

    /** As many digits as the last long has: so that names are in the order of their numbers. */
    private static final String NUMBERED = "%s-%019d%s";

    private final AuditSettings settings;
    private final Path path;
    private FileChannel channel;

    AuditFile(AuditSettings settings) throws IOException {
        this.settings = settings;
        this.path = settings.path().toAbsolutePath();
        Files.createDirectories(path.getParent());
        this.channel = open();
    }

    private FileChannel open() throws IOException {
        return FileChannel.open(
                path,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    /** Whole lines. A file is put aside before it would grow beyond its bound; one larger than that stands alone. */
    void append(String lines) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(lines.getBytes(StandardCharsets.UTF_8));
        if (!channel.isOpen()) {
            channel = open();
        }
        if (channel.size() > 0 && channel.size() + bytes.remaining() > settings.rotateBytes()) {
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
        List<Path> now = putAside();
        for (Path old : now.subList(0, Math.max(0, now.size() - settings.filesMax()))) {
            Files.delete(old);
        }
    }

    /** The oldest first. */
    private List<Path> putAside() throws IOException {
        try (Stream<Path> all = Files.list(path.getParent())) {
            return all.filter(file -> number(file) > 0).sorted().toList();
        }
    }

    /** 0: none of this log's. */
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
