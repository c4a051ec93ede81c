package dev.coord.tools.backup;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes a backup, in memory never more than a chunk. The file is for its owner alone, for secrets may be in it, and has its name
 * only once {@link #finish} has returned: then it survives a crash of the machine. Closed before, it leaves nothing.
 */
public final class BackupWriter implements AutoCloseable {

    private final Path file;
    private final Path beside;
    private final FileChannel channel;
    private final OutputStream out;
    private final ByteArrayOutputStream records = new ByteArrayOutputStream();
    private final Map<String, Long> counts = new LinkedHashMap<>();
    private @Nullable BackupKind kind;
    private String first = "";
    private String last = "";
    private int held;
    private long sequence;

    public BackupWriter(Path file, BackupHeader header) throws IOException {
        this.file = file;
        this.beside = file.resolveSibling(file.getFileName() + ".part");
        Files.deleteIfExists(beside);
        this.channel = FileChannel.open(
                beside,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        this.out = new BufferedOutputStream(Channels.newOutputStream(channel));
        out.write(Framing.MAGIC);
        out.write(Framing.framed(bytes(header.json().encode()), true));
        header.kinds().forEach(each -> counts.put(each, 0L));
    }

    /** @param name by which it is found: records of a kind come in the order of their names, or as they depend on each other */
    public void add(BackupKind of, String name, JsonObject record) throws IOException {
        byte[] json = bytes(record.encode());
        if (kind != of || records.size() + json.length > Framing.CHUNK_BYTES) {
            flush();
            kind = of;
            first = name;
        }
        records.write(held == 0 ? '[' : ',');
        records.write(json);
        held++;
        last = name;
        counts.merge(of.text(), 1L, Long::sum);
    }

    private void flush() throws IOException {
        BackupKind of = kind;
        if (of != null && held > 0) {
            records.write(']');
            chunk(of.text(), first, last, held, records.toByteArray());
            records.reset();
            held = 0;
        }
    }

    private void chunk(String name, String from, String to, int count, byte[] content) throws IOException {
        out.write(Framing.MARKER);
        out.write(Framing.framed(
                bytes(new JsonObject()
                        .put("kind", name)
                        .put("seq", sequence++)
                        .put("first", from)
                        .put("last", to)
                        .put("count", count)
                        .put("bytes", content.length)
                        .put("crc", Framing.sum(content))
                        .encode()),
                false));
        out.write(content);
    }

    /** Of records so far, by kind. */
    public Map<String, Long> counts() {
        return Map.copyOf(counts);
    }

    /**
     * Writes the end, and all to the disk.
     *
     * @param index of the newest change now
     * @param skipped what is not in it, in words
     */
    public void finish(long index, List<String> skipped) throws IOException {
        flush();
        JsonObject numbers = new JsonObject();
        counts.forEach(numbers::put);
        JsonObject end = new JsonObject()
                .put("counts", numbers)
                .put("index", index)
                .put("chunks", sequence)
                .put("skipped", new JsonArray(skipped));
        chunk(Framing.END, "", "", 1, bytes(new JsonArray().add(end).encode()));
        out.flush();
        channel.force(true);
        channel.close();
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(beside);
    }
}
