package dev.coord.server.rescue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/** A copy of a stopped server's directory that is there whole or not at all, and survives a crash. */
final class Checkpoint {

    private Checkpoint() {}

    /** @param target must not be there; beside it a half copy of an earlier try may lie, and is written over */
    static void take(Path source, Path target) throws IOException {
        Path absolute = target.toAbsolutePath().normalize();
        if (absolute.startsWith(source.toAbsolutePath().normalize())) {
            throw new IOException("the checkpoint " + target + " would lie within what it is a copy of");
        }
        Path work = absolute.resolveSibling(absolute.getFileName() + ".part");
        Files.walkFileTree(source, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) throws IOException {
                Files.createDirectories(target(path));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(file, target(file), StandardCopyOption.REPLACE_EXISTING);
                sync(target(file), StandardOpenOption.WRITE);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path path, IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                sync(target(path), StandardOpenOption.READ);
                return FileVisitResult.CONTINUE;
            }

            private Path target(Path path) {
                return work.resolve(source.relativize(path).toString());
            }
        });
        Files.move(work, absolute, StandardCopyOption.ATOMIC_MOVE);
        sync(absolute.getParent(), StandardOpenOption.READ);
    }

    private static void sync(Path path, StandardOpenOption how) throws IOException {
        try (FileChannel channel = FileChannel.open(path, how)) {
            channel.force(true);
        }
    }
}
