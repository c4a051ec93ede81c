package dev.coord.server.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Temporary files, in the system's directory for them: on the data's disk they could take the room that the log needs. Each has
 * its process's id in its name, so that what a killed one left can be told from what a running one uses.
 */
final class ScratchFiles {

    private static final Logger LOG = LoggerFactory.getLogger(ScratchFiles.class);
    private static final Pattern NAME = Pattern.compile("coord-(\\d{1,10})-.*\\.(coord-snapshot|jfr)");

    private ScratchFiles() {}

    /**
     * Makes an empty file for its owner alone; the caller deletes it.
     *
     * @param suffix {@code .coord-snapshot} or {@code .jfr}
     */
    static Path make(String suffix) throws IOException {
        return Files.createTempFile("coord-" + ProcessHandle.current().pid() + "-", suffix);
    }

    /** Deletes what processes have left that run no more. What can't be deleted stays, with a line in the log. */
    static void sweep() {
        sweep(Path.of(System.getProperty("java.io.tmpdir")));
    }

    static void sweep(Path directory) {
        try (Stream<Path> all = Files.list(directory)) {
            all.filter(ScratchFiles::isLeft).forEach(ScratchFiles::delete);
        } catch (IOException e) {
            LOG.warn("{} can't be looked through for files of killed servers: {}", directory, e.toString());
        }
    }

    private static boolean isLeft(Path file) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        return name.matches() && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty() && Files.isWritable(file);
    }

    /** May be called for what is gone. */
    static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("the temporary file {} stays behind: {}", file, e.toString());
        }
    }
}
