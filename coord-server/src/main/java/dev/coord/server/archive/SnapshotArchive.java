package dev.coord.server.archive;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.server.command.ClusterView.Server;
import dev.coord.server.state.SnapshotCodec;
import dev.coord.server.state.State;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/** Writes and reads a whole archive. */
public final class SnapshotArchive {

    private static final String META = "meta.json";
    private static final String STATE = "state.bin";
    private static final String SUMS = "SHA256SUMS";
    private static final int META_BYTES_MAX = 1024 * 1024;
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int META_VERSION = 1;

    private SnapshotArchive() {}

    /**
     * Where and when a state was taken.
     *
     * @param index of the newest log entry in it
     * @param servers of the cluster
     */
    public record Origin(long index, long term, List<Server> servers, long timeMillis) {
        public Origin {
            servers = List.copyOf(servers);
        }
    }

    /**
     * Writes the archive of a state; needs as much room again, for a while, in a file beside it.
     *
     * @param file overwritten; not synced
     */
    public static void write(State state, Origin origin, Path file) throws IOException {
        Path content = Files.createTempFile(file.toAbsolutePath().getParent(), "coord-state", ".bin");
        try {
            Digested digested = writeState(state, content);
            byte[] meta = meta(origin, digested.bytes);
            byte[] sums = (sum(meta) + "  " + META + "\n" + digested.sum() + "  " + STATE + "\n")
                    .getBytes(StandardCharsets.US_ASCII);
            try (OutputStream out = new GZIPOutputStream(
                    new BufferedOutputStream(Files.newOutputStream(file), BUFFER_BYTES), BUFFER_BYTES)) {
                add(out, META, meta, origin);
                Tar.writeHeader(out, STATE, digested.bytes, origin.timeMillis() / 1_000);
                Files.copy(content, out);
                Tar.writePadding(out, digested.bytes);
                add(out, SUMS, sums, origin);
                Tar.writeEnd(out);
            }
        } finally {
            Files.deleteIfExists(content);
        }
    }

    private static void add(OutputStream out, String name, byte[] content, Origin origin) throws IOException {
        Tar.writeHeader(out, name, content.length, origin.timeMillis() / 1_000);
        out.write(content);
        Tar.writePadding(out, content.length);
    }

    private static Digested writeState(State state, Path file) throws IOException {
        try (Digested out = new Digested(new BufferedOutputStream(Files.newOutputStream(file), BUFFER_BYTES))) {
            SnapshotCodec.write(state, out);
            return out;
        }
    }

    /** What Raft says of a snapshot, as Consul writes it down. */
    private static byte[] meta(Origin origin, long stateBytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
            json.writeStartObject();
            json.writeNumberField("Version", META_VERSION);
            json.writeStringField("ID", origin.term() + "-" + origin.index() + "-" + origin.timeMillis());
            json.writeNumberField("Index", origin.index());
            json.writeNumberField("Term", origin.term());
            json.writeNullField("Peers");
            json.writeObjectFieldStart("Configuration");
            json.writeArrayFieldStart("Servers");
            for (Server server : origin.servers()) {
                json.writeStartObject();
                json.writeNumberField("Suffrage", server.voter() ? 0 : 1);
                json.writeStringField("ID", server.id());
                json.writeStringField("Address", server.raftAddress());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeNumberField("ConfigurationIndex", 1);
            json.writeNumberField("Size", stateBytes);
            json.writeEndObject();
        }
        return out.toByteArray();
    }

    /**
     * Takes the state's bytes out of an archive and checks its sums. Whether the bytes are a state, {@link SnapshotCodec}
     * tells.
     *
     * @param content overwritten with {@code state.bin}; not synced
     * @param contentBytesMax a longer state is refused
     * @throws ArchiveException when it is damaged, cut or no such archive
     */
    public static void extract(Path file, Path content, long contentBytesMax) throws IOException {
        try (OutputStream out = Files.newOutputStream(content)) {
            read(file, out, contentBytesMax);
        }
    }

    /**
     * Reads an archive whole and checks its sums; also one of Consul's own servers.
     *
     * @return its {@code meta.json}
     * @throws ArchiveException when it is damaged, cut or no such archive
     */
    public static String verify(Path file) throws IOException {
        return new String(read(file, OutputStream.nullOutputStream(), Long.MAX_VALUE), StandardCharsets.UTF_8);
    }

    private static byte[] read(Path file, OutputStream content, long contentBytesMax) throws IOException {
        Map<String, String> sums = new HashMap<>();
        byte[] listed = null;
        byte[] meta = new byte[0];
        try (InputStream in = new BufferedInputStream(new GZIPInputStream(Files.newInputStream(file), BUFFER_BYTES))) {
            for (Tar.Entry entry = Tar.readHeader(in); entry != null; entry = Tar.readHeader(in)) {
                switch (entry.name()) {
                    case META -> {
                        meta = small(in, entry);
                        sums.put(META, sum(meta));
                    }
                    case SUMS -> listed = small(in, entry);
                    case STATE -> {
                        if (entry.bytes() > contentBytesMax) {
                            throw new ArchiveException("the snapshot's state has " + entry.bytes() + " bytes, at most "
                                    + contentBytesMax + " are taken");
                        }
                        Digested out = new Digested(content);
                        copy(in, out, entry.bytes());
                        sums.put(STATE, out.sum());
                    }
                    default ->
                        throw new ArchiveException("unexpected file \"" + entry.name() + "\" in the snapshot archive");
                }
                in.skipNBytes(Tar.padding(entry.bytes()));
            }
        } catch (ZipException e) {
            throw new ArchiveException("failed to decompress snapshot: " + e.getMessage());
        } catch (EOFException e) {
            throw new ArchiveException("failed to decompress snapshot: unexpected EOF");
        }
        check(sums, listed);
        return meta;
    }

    private static void check(Map<String, String> sums, byte @Nullable [] listed) throws ArchiveException {
        if (listed == null || !sums.containsKey(META) || !sums.containsKey(STATE)) {
            throw new ArchiveException(
                    "the snapshot archive lacks one of " + META + ", " + STATE + " and " + SUMS + ": it is cut");
        }
        for (String line : new String(listed, StandardCharsets.UTF_8).split("\n")) {
            String[] parts = line.split(" {2}", 2);
            String computed = parts.length == 2 ? sums.get(parts[1]) : null;
            if (computed == null) {
                throw new ArchiveException("the snapshot archive's " + SUMS + " has a line that says nothing: " + line);
            }
            if (!computed.equals(parts[0])) {
                throw new ArchiveException(
                        "the hash of " + parts[1] + " does not fit: the snapshot archive is damaged");
            }
        }
    }

    private static byte[] small(InputStream in, Tar.Entry entry) throws IOException {
        if (entry.bytes() > META_BYTES_MAX) {
            throw new ArchiveException(
                    entry.name() + " in the snapshot archive is larger than " + META_BYTES_MAX + " bytes");
        }
        byte[] content = in.readNBytes((int) entry.bytes());
        if (content.length < entry.bytes()) {
            throw new EOFException();
        }
        return content;
    }

    private static void copy(InputStream in, OutputStream out, long bytes) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (long left = bytes; left > 0; ) {
            int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (read < 0) {
                throw new EOFException();
            }
            out.write(buffer, 0, read);
            left -= read;
        }
    }

    private static String sum(byte[] content) {
        return HexFormat.of().formatHex(sha256().digest(content));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Counts and hashes what passes. */
    private static final class Digested extends FilterOutputStream {

        private final MessageDigest digest = sha256();
        private long bytes;

        Digested(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
            digest.update((byte) b);
            bytes++;
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            out.write(from, offset, length);
            digest.update(from, offset, length);
            bytes += length;
        }

        /** Once, at the end. */
        String sum() {
            return HexFormat.of().formatHex(digest.digest());
        }
    }
}
