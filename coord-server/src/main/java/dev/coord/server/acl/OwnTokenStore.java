package dev.coord.server.acl;

import dev.coord.server.acl.AclSettings.OwnTokens;
import dev.coord.server.command.AclEntries;
import dev.coord.server.hcl.HclParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that this server uses itself. They come from the configuration, can be changed while it runs, and survive in
 * {@code acl-tokens.json}, readable by its owner alone, if that was asked for; what stands there beats the configuration.
 * Safe from any thread.
 */
public final class OwnTokenStore {

    /** Which of them. */
    public enum Kind {
        DEFAULT("default"),
        AGENT("agent"),
        AGENT_MASTER("agent_master"),
        REPLICATION("replication");

        private final String text;

        Kind(String text) {
            this.text = text;
        }
    }

    /** Null: nothing is kept. */
    private final @Nullable Path file;

    /** Written under the monitor, read by any thread. */
    private volatile Map<Kind, String> tokens;

    /**
     * Reads what was kept.
     *
     * @param directory where to keep them; used only if the settings say so
     * @throws IOException naming the file, if it can't be read
     */
    public OwnTokenStore(AclSettings settings, Path directory) throws IOException {
        OwnTokens configured = settings.tokens();
        Map<Kind, String> initial = new LinkedHashMap<>();
        initial.put(Kind.DEFAULT, configured.byDefault());
        initial.put(Kind.AGENT, configured.agent());
        initial.put(Kind.AGENT_MASTER, configured.agentMaster());
        initial.put(Kind.REPLICATION, configured.replication());
        file = settings.enabled() && settings.persistTokens() ? directory.resolve("acl-tokens.json") : null;
        initial.putAll(kept());
        tokens = Map.copyOf(initial);
    }

    /** Empty: none. */
    public String get(Kind kind) {
        return tokens.getOrDefault(kind, "");
    }

    /** The token of requests that show none: the default one, or else the anonymous one. */
    public String ofRequests() {
        String byDefault = get(Kind.DEFAULT);
        return byDefault.isEmpty() ? AclEntries.ANONYMOUS_SECRET : byDefault;
    }

    /** The token for what an agent does by itself: its own, or else the one of requests that show none. */
    public String ofAgent() {
        String own = get(Kind.AGENT);
        return own.isEmpty() ? ofRequests() : own;
    }

    /**
     * Uses another token from now on; empty: none. Touches the disk.
     *
     * @throws IOException when it could not be kept; it is used all the same until the next restart
     */
    public synchronized void set(Kind kind, String secret) throws IOException {
        Map<Kind, String> next = new LinkedHashMap<>(tokens);
        next.put(kind, secret);
        tokens = Map.copyOf(next);
        keep(next);
    }

    private Map<Kind, String> kept() throws IOException {
        Map<Kind, String> kept = new LinkedHashMap<>();
        if (file == null || !Files.exists(file)) {
            return kept;
        }
        Map<String, Object> content;
        try {
            content = new HclParser(Files.readString(file)).parse();
        } catch (IOException | IllegalArgumentException e) {
            throw new IOException(file + " can't be read: mend it, or remove it to use the configured tokens", e);
        }
        for (Kind kind : Kind.values()) {
            if (content.get(kind.text) instanceof String secret) {
                kept.put(kind, secret);
            }
        }
        return kept;
    }

    private void keep(Map<Kind, String> all) throws IOException {
        if (file == null) {
            return;
        }
        String json = all.entrySet().stream()
                .filter(token -> !token.getValue().isEmpty())
                .map(token -> "\"" + token.getKey().text + "\": \"" + escaped(token.getValue()) + "\"")
                .collect(Collectors.joining(",\n  ", "{\n  ", "\n}\n"));
        Path beside = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(beside);
        try (FileChannel channel = FileChannel.open(
                beside,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer bytes = ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
