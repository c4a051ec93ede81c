package dev.coord.server;

import dev.coord.server.hcl.HclParser;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads configuration files: JSON or HCL, by the end of their name. */
public final class ConfigFile {

    /** The largest file read, bytes. */
    static final long BYTES_MAX = 8 << 20;

    private ConfigFile() {}

    /** @throws StartupException naming the file and what is wrong with it */
    public static ConfigSource read(Path file) {
        return read(file, null);
    }

    /**
     * As {@link #read(Path)}.
     *
     * @param format {@code json} or {@code hcl}; null: by the end of the name, or else by how the text begins
     */
    public static ConfigSource read(Path file, @Nullable String format) {
        String text = text(file);
        String name = file.toString();
        if (format != null && !format.equals("json") && !format.equals("hcl")) {
            throw new StartupException(ExitCode.USAGE, "-config-format " + format + ": neither json nor hcl");
        }
        boolean json = format != null
                ? format.equals("json")
                : name.endsWith(".json")
                        || (!name.endsWith(".hcl") && text.stripLeading().startsWith("{"));
        return json ? json(name, text) : hcl(name, text);
    }

    /** All {@code .json} and {@code .hcl} files in a directory, by name; others are left alone. */
    public static List<ConfigSource> readDirectory(Path directory) {
        return readDirectory(directory, null);
    }

    /**
     * As {@link #readDirectory(Path)}.
     *
     * @param format {@code json} or {@code hcl}: all files are read, as that; null: by the ends of their names
     */
    public static List<ConfigSource> readDirectory(Path directory, @Nullable String format) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> format != null
                            || file.toString().endsWith(".json")
                            || file.toString().endsWith(".hcl"))
                    .sorted()
                    .map(file -> read(file, format))
                    .toList();
        } catch (IOException e) {
            throw new StartupException(
                    ExitCode.CONFIG, "configuration directory " + directory + " can't be read: " + e, e);
        }
    }

    /** HCL given as text. */
    public static ConfigSource hcl(String name, String text) {
        try {
            return ConfigSource.of(name, new HclParser(text).parse());
        } catch (IllegalArgumentException e) {
            throw new StartupException(ExitCode.CONFIG, name + ": not HCL: " + e.getMessage(), e);
        }
    }

    private static ConfigSource json(String name, String text) {
        Map<String, Object> content;
        try {
            // A file with nothing in it says nothing, as to Consul: it may be filled before a reload.
            content = new JsonObject(text.isEmpty() ? "{}" : text).getMap();
        } catch (DecodeException e) {
            throw new StartupException(ExitCode.CONFIG, name + ": not a JSON object: " + firstLine(e), e);
        }
        return ConfigSource.of(name, content);
    }

    private static String text(Path file) {
        try {
            if (Files.size(file) > BYTES_MAX) {
                throw new StartupException(
                        ExitCode.CONFIG, "configuration file " + file + " is larger than " + BYTES_MAX + " bytes");
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw new StartupException(ExitCode.CONFIG, "configuration file " + file + " can't be read: " + e, e);
        }
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("unreadable");
    }
}
