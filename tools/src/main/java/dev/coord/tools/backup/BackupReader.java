package dev.coord.tools.backup;

import dev.coord.tools.backup.Piece.Chunk;
import dev.coord.tools.backup.Piece.Damage;
import dev.coord.tools.backup.Piece.End;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a backup from its beginning to its end, in memory never more than a chunk, past what is damaged. Writes nothing. */
public final class BackupReader implements AutoCloseable {

    private static final int WINDOW_BYTES = 64 * 1024;

    private final Path file;
    private final FileChannel channel;
    private final long size;
    private final @Nullable BackupHeader header;
    /** Where the next chunk is to begin. */
    private long position;
    /** The number that the next chunk is to have. */
    private long expected;
    /** The last name that was read. */
    private String passed = "";

    /** What was lost just now was told of. */
    private boolean lossTold;

    private boolean headerTold;
    private boolean ended;
    /** Read already, to be given after the damage before it. */
    private @Nullable Piece waiting;

    /** @throws BackupFormatException when it is no backup, or of a newer format */
    public BackupReader(Path file) throws IOException {
        this.file = file;
        this.channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            this.size = channel.size();
            this.header = readHeader();
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private @Nullable BackupHeader readHeader() throws IOException {
        if (!Arrays.equals(read(0, Framing.MAGIC.length), Framing.MAGIC)) {
            throw new BackupFormatException(file
                    + " is no backup of \"coord backup save\": it begins with other bytes (an archive of \"coord snapshot"
                    + " save\" is restored by \"coord snapshot restore\")");
        }
        position = Framing.MAGIC.length;
        byte[] fixed = read(position, 2 * Integer.BYTES);
        byte[] json = framed(position, fixed, true);
        if (json == null) {
            return null;
        }
        int format = ByteBuffer.wrap(fixed).getInt();
        if (format > Framing.FORMAT) {
            throw new BackupFormatException(file + " is of format " + format + ", and this build reads up to "
                    + Framing.FORMAT + ": use the coord that wrote it, or a newer one");
        }
        position += 3L * Integer.BYTES + json.length;
        try {
            return BackupHeader.of(new JsonObject(new String(json, StandardCharsets.UTF_8)));
        } catch (DecodeException | ClassCastException e) {
            return null;
        }
    }

    /**
     * The JSON in a frame, if it is sound; else null.
     *
     * @param fixed what comes before the JSON, the length last
     */
    private byte @Nullable [] framed(long at, byte[] fixed, boolean withFormat) throws IOException {
        int before = withFormat ? 2 * Integer.BYTES : Integer.BYTES;
        if (fixed.length < before) {
            return null;
        }
        int length = ByteBuffer.wrap(fixed).getInt(before - Integer.BYTES);
        if (length < 0 || length > Framing.HEADER_BYTES_MAX) {
            return null;
        }
        byte[] all = read(at, before + length + Integer.BYTES);
        if (all.length < before + length + Integer.BYTES) {
            return null;
        }
        byte[] summed = Arrays.copyOf(all, before + length);
        return Framing.sum(summed) == ByteBuffer.wrap(all).getInt(before + length)
                ? Arrays.copyOfRange(summed, before, summed.length)
                : null;
    }

    /** What it was made of; null: that can't be read. */
    public @Nullable BackupHeader header() {
        return header;
    }

    /** Bytes of the file, and of these how many are behind. */
    public long size() {
        return size;
    }

    public long position() {
        return position;
    }

    /** The next piece; null after the end, whether it was there or missing. */
    public @Nullable Piece next() throws IOException {
        if (header == null && !headerTold) {
            headerTold = true;
            position = find(Framing.MAGIC.length);
            lossTold = position == size;
            return new Damage(null, "", "", -1, "the file's header, which says what it was made of, can't be read");
        }
        Piece held = waiting;
        if (held != null) {
            waiting = null;
            return held;
        }
        if (ended) {
            return null;
        }
        if (position >= size) {
            ended = true;
            return new Damage(null, passed, "", -1, "the file ends without its end: what came after is not known");
        }
        return chunk();
    }

    private Piece chunk() throws IOException {
        long begin = position;
        if (!Arrays.equals(read(begin, Framing.MARKER.length), Framing.MARKER)) {
            return lost(begin);
        }
        long at = begin + Framing.MARKER.length;
        byte[] json = framed(at, read(at, Integer.BYTES), false);
        Label label = json == null ? null : Label.of(json);
        if (json == null || label == null) {
            return lost(begin);
        }
        long content = at + 2L * Integer.BYTES + json.length;
        Piece piece = piece(label, read(content, label.bytes()));
        position = content + label.bytes();
        if (piece instanceof Damage && !isMarker(position)) {
            position = find(content);
        }
        boolean told = lossTold;
        lossTold = false;
        if (label.sequence() > expected && !told) {
            waiting = piece;
            long missing = label.sequence() - expected;
            piece = new Damage(null, passed, "", -1, chunks(missing) + " missing at byte " + begin);
        }
        expected = label.sequence() + 1;
        if (!label.last().isEmpty()) {
            passed = label.last();
        }
        return piece;
    }

    /** Some bytes that no chunk can be read from. */
    private Piece lost(long begin) throws IOException {
        position = find(begin + 1);
        lossTold = true;
        return new Damage(
                null,
                passed,
                "",
                -1,
                "bytes " + begin + " to " + (position - 1) + " can't be read, not even what they held");
    }

    private static String chunks(long count) {
        return count == 1 ? "a chunk is" : count + " chunks are";
    }

    private boolean isMarker(long at) throws IOException {
        return Arrays.equals(read(at, Framing.MARKER.length), Framing.MARKER);
    }

    private Piece piece(Label label, byte[] content) {
        if (content.length < label.bytes()) {
            return damage(label, "the file ends " + (label.bytes() - content.length) + " bytes too early");
        }
        if (Framing.sum(content) != label.sum()) {
            return damage(label, "the sum of its bytes is not what was written");
        }
        try {
            List<JsonObject> records = new JsonArray(new String(content, StandardCharsets.UTF_8))
                    .stream().map(JsonObject.class::cast).toList();
            if (label.kind().equals(Framing.END)) {
                ended = true;
                return end(records.get(0));
            }
            return BackupKind.named(label.kind())
                    .<Piece>map(kind -> new Chunk(kind, label.first(), label.last(), records, label.bytes()))
                    .orElseGet(() -> damage(label, "this build knows no kind \"" + label.kind() + "\""));
        } catch (DecodeException | ClassCastException | IndexOutOfBoundsException e) {
            return damage(label, "its sum is right, but it is not the JSON expected: " + e.getMessage());
        }
    }

    private Damage damage(Label label, String why) {
        return BackupKind.named(label.kind())
                .map(kind -> new Damage(kind, label.first(), label.last(), label.count(), why))
                .orElseGet(() -> new Damage(null, passed, "", -1, why));
    }

    private static End end(JsonObject record) {
        Map<String, Long> counts = new LinkedHashMap<>();
        JsonObject numbers = record.getJsonObject("counts", new JsonObject());
        numbers.fieldNames().forEach(kind -> counts.put(kind, numbers.getLong(kind)));
        return new End(
                counts,
                record.getLong("index", 0L),
                record.getLong("chunks", 0L),
                record.getJsonArray("skipped", new JsonArray()).stream()
                        .map(String::valueOf)
                        .toList());
    }

    /** What a chunk says of itself. */
    private record Label(String kind, long sequence, String first, String last, long count, int bytes, int sum) {

        /** Null: it is sound but not what a chunk says. */
        static @Nullable Label of(byte[] json) {
            try {
                JsonObject label = new JsonObject(new String(json, StandardCharsets.UTF_8));
                Label read = new Label(
                        label.getString("kind", ""),
                        label.getLong("seq", 0L),
                        label.getString("first", ""),
                        label.getString("last", ""),
                        label.getLong("count", 0L),
                        label.getInteger("bytes", -1),
                        label.getInteger("crc", 0));
                return read.bytes < 0 || read.bytes > Framing.CHUNK_BYTES_MAX ? null : read;
            } catch (DecodeException | ClassCastException e) {
                return null;
            }
        }
    }

    /** Where the next chunk begins, from a place on; the file's size when there is none. */
    private long find(long from) throws IOException {
        for (long at = from; at < size; at += WINDOW_BYTES) {
            byte[] window = read(at, WINDOW_BYTES + Framing.MARKER.length - 1);
            for (int i = 0; i + Framing.MARKER.length <= window.length; i++) {
                if (window[i] == Framing.MARKER[0]
                        && Arrays.equals(
                                window, i, i + Framing.MARKER.length, Framing.MARKER, 0, Framing.MARKER.length)) {
                    return at + i;
                }
            }
        }
        return size;
    }

    /** Fewer bytes where the file ends. */
    private byte[] read(long at, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.max(0, Math.min(length, size - at)));
        while (bytes.hasRemaining() && channel.read(bytes, at + bytes.position()) >= 0) {
            // Until all are there.
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
