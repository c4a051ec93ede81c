package dev.coord.server.agent;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CheckStatus;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory in which registrations survive: a file for each service with its checks and for each check of the node, named
 * by a hash of the id; and one file of check states. Used by one thread.
 *
 * <p>When {@link #write} or {@link #remove} returns, it survives a crash; a crash in the middle leaves the file as it was
 * before or as it is to be. The check states are a hint: they survive the process, and of power loss what the system had
 * written by then. A file that can't be read is put aside, never deleted.
 */
final class AgentFiles {

    private static final Logger LOG = LoggerFactory.getLogger(AgentFiles.class);

    private static final String SUFFIX = ".json";
    private static final String STATES = "check-states" + SUFFIX;

    private final Path directory;

    /** Makes the directory if there is none. */
    AgentFiles(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
    }

    /** What a check had found out last. */
    record CheckState(CheckStatus status, String output) {}

    /**
     * The check states as last written.
     *
     * @param aliveMillis the system's time when this server was last known to run
     */
    record CheckStates(Map<String, CheckState> byId, long aliveMillis) {}

    private Path fileOf(Registration registration) {
        return registration.service() != null
                ? serviceFile(registration.service().id())
                : checkFile(registration.checks().get(0).id());
    }

    private Path serviceFile(String id) {
        return directory.resolve("service-" + hash(id) + SUFFIX);
    }

    private Path checkFile(String id) {
        return directory.resolve("check-" + hash(id) + SUFFIX);
    }

    private static String hash(String id) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(id.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Keeps a registration, durably; the one before under its id is replaced. */
    void write(Registration registration) throws IOException {
        replace(fileOf(registration), RegistrationJson.write(registration), true);
        syncDirectory();
    }

    /** Forgets a service with its checks, durably. */
    void removeService(ServiceEntry service) throws IOException {
        remove(serviceFile(service.id()));
    }

    /** Forgets a check of the node, durably. */
    void removeCheck(CheckEntry check) throws IOException {
        remove(checkFile(check.id()));
    }

    private void remove(Path file) throws IOException {
        if (Files.deleteIfExists(file)) {
            syncDirectory();
        }
    }

    /** All registrations that can be read. */
    List<Registration> readAll(String node) throws IOException {
        List<Registration> registrations = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "{service,check}-*" + SUFFIX)) {
            for (Path file : files) {
                if (!file.endsWith(STATES)) {
                    read(node, file, registrations);
                }
            }
        }
        return registrations;
    }

    @SuppressWarnings("CatchingUnchecked") // Whatever is wrong with a file's content, the others must come back.
    private static void read(String node, Path file, List<Registration> into) throws IOException {
        String text = Files.readString(file, StandardCharsets.UTF_8);
        try {
            into.add(RegistrationJson.read(node, text));
        } catch (RuntimeException e) {
            Path aside = file.resolveSibling(file.getFileName() + ".damaged");
            Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
            LOG.error(
                    "A registration can't be read and was put aside as {}: register the service again, or mend the file"
                            + " and name it {} again ({})",
                    aside,
                    file.getFileName(),
                    e.toString());
        }
    }

    /** Writes what checks have found out, at this time of the system's clock. Not synced to the disk. */
    void writeStates(Iterable<CheckEntry> checks, long wallMillis) throws IOException {
        JsonObject byId = new JsonObject();
        for (CheckEntry check : checks) {
            byId.put(
                    check.id(),
                    new JsonObject().put("status", check.status().text()).put("output", check.output()));
        }
        JsonObject file =
                new JsonObject().put("version", RegistrationJson.VERSION).put("checks", byId);
        replace(directory.resolve(STATES), file.encode(), false);
        touchStates(wallMillis);
    }

    /** Marks this server as running, at this time of the system's clock. */
    void touchStates(long wallMillis) throws IOException {
        Path file = directory.resolve(STATES);
        if (Files.exists(file)) {
            Files.setLastModifiedTime(file, FileTime.fromMillis(wallMillis));
        }
    }

    /** Empty where there are none, or none that can be read. */
    CheckStates readStates() {
        Map<String, CheckState> byId = new HashMap<>();
        Path file = directory.resolve(STATES);
        try {
            if (!Files.exists(file)) {
                return new CheckStates(byId, 0);
            }
            JsonObject checks = new JsonObject(Files.readString(file, StandardCharsets.UTF_8)).getJsonObject("checks");
            for (String id : checks.fieldNames()) {
                JsonObject state = checks.getJsonObject(id);
                byId.put(
                        id,
                        new CheckState(
                                CheckStatus.of(state.getString("status")).orElseThrow(), state.getString("output")));
            }
            return new CheckStates(byId, Files.getLastModifiedTime(file).toMillis());
        } catch (IOException | RuntimeException e) {
            LOG.warn("{} can't be read: local checks begin anew ({})", file, e.toString());
            return new CheckStates(Map.of(), 0);
        }
    }

    private void replace(Path file, String text, boolean sync) throws IOException {
        Path beside = file.resolveSibling(file.getFileName() + ".new");
        try (FileChannel channel = FileChannel.open(
                beside, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            if (sync) {
                channel.force(true);
            }
        }
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private void syncDirectory() throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
