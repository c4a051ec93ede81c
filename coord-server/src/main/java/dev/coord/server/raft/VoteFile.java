package dev.coord.server.raft;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file {@code vote}: one record in two places, which are there from the first vote on, so that one can be written when the disk
 * has no more room. Both are written and synced, one after the other: after a crash in the middle at least one is whole, and what
 * has become unreadable in one of them later is in the other.
 *
 * <p>Format 2, big-endian: at 0 and at 4096 magic {@code CVOT} (4), format (1), number of the record (8), term (8), length of the
 * vote (2), the vote as host:port in UTF-8 (empty: none), CRC32C of all before (4). Format 1 had one record without a number, and
 * nothing else; it is read and made anew.
 *
 * <p>One thread at a time.
 */
final class VoteFile {

    private static final Logger LOG = LoggerFactory.getLogger(VoteFile.class);

    private static final int MAGIC = 0x43564F54;
    private static final byte FORMAT = 2;
    private static final byte FORMAT_WITHOUT_PLACES = 1;
    /** A block of its own for each. */
    private static final int PLACE_BYTES = 4_096;

    private static final int HEAD_BYTES = 4 + 1;
    private static final int SUM_BYTES = 4;

    private final DurableFile file;
    private long number;
    /** The file has both places. */
    private boolean laidOut;

    VoteFile(DurableFile file) {
        this.file = file;
    }

    /**
     * What a server has voted.
     *
     * @param vote host:port; empty: nobody
     */
    record Vote(long term, String vote) {}

    private record Numbered(long number, Vote vote) {}

    Path path() {
        return file.path();
    }

    /**
     * The last vote; empty: there is none.
     *
     * @throws IOException also when it is damaged or of a newer format
     */
    Optional<Vote> read() throws IOException {
        Optional<byte[]> bytes = file.read();
        if (bytes.isEmpty()) {
            return Optional.empty();
        }
        if (bytes.get().length >= 2 * PLACE_BYTES) {
            Numbered last = newest(bytes.get());
            number = last.number;
            laidOut = true;
            return Optional.of(last.vote);
        }
        return Optional.of(record(ByteBuffer.wrap(bytes.get())).vote);
    }

    /** Has both places there while there is room on the disk. That there is none becomes known with the first vote, too. */
    void layOut(Vote last) {
        if (!laidOut) {
            try {
                write(last);
            } catch (IOException e) {
                LOG.warn("No places for votes could be laid out in {} for now: {}", file.path(), e.toString());
            }
        }
    }

    private Numbered newest(byte[] bytes) throws IOException {
        IOException unreadable = null;
        Numbered newest = null;
        for (int at : new int[] {0, PLACE_BYTES}) {
            try {
                Numbered found = record(ByteBuffer.wrap(bytes, at, PLACE_BYTES).slice());
                newest = newest == null || found.number > newest.number ? found : newest;
            } catch (IOException e) {
                unreadable = e;
            }
        }
        if (newest == null) {
            throw unreadable == null ? damaged("it has no record") : unreadable;
        }
        return newest;
    }

    private Numbered record(ByteBuffer in) throws IOException {
        if (in.remaining() < HEAD_BYTES || in.getInt() != MAGIC) {
            throw damaged("it is no vote file");
        }
        byte format = in.get();
        if (format != FORMAT && format != FORMAT_WITHOUT_PLACES) {
            throw new IOException("The vote file " + file.path() + " has format " + format + ", this build knows "
                    + FORMAT + ": start a newer build");
        }
        int fixed = (format == FORMAT ? Long.BYTES : 0) + Long.BYTES + Short.BYTES;
        if (in.remaining() < fixed + SUM_BYTES) {
            throw damaged("it ends too early");
        }
        long recordNumber = format == FORMAT ? in.getLong() : 0;
        long term = in.getLong();
        int length = in.getShort();
        if (length < 0 || length + SUM_BYTES > in.remaining()) {
            throw damaged("its checksum does not match");
        }
        byte[] vote = new byte[length];
        in.get(vote);
        CRC32C crc = new CRC32C();
        crc.update(in.duplicate().flip());
        if (in.getInt() != (int) crc.getValue()) {
            throw damaged("its checksum does not match");
        }
        return new Numbered(recordNumber, new Vote(term, new String(vote, StandardCharsets.UTF_8)));
    }

    IOException damaged(String why) {
        return new IOException(
                "The vote file " + file.path() + " is damaged: " + why
                        + ". Without it this server might vote twice: remove its data directory and let it join the cluster anew");
    }

    /** When this returns, the vote survives a crash of the machine. */
    void write(Vote vote) throws IOException {
        number++;
        byte[] place = encode(vote);
        if (laidOut) {
            try (FileChannel channel = FileChannel.open(file.path(), StandardOpenOption.WRITE)) {
                write(channel, place, 0);
                write(channel, place, PLACE_BYTES);
            }
        } else {
            file.replace(Stream.of(place, place)
                    .reduce(ByteBuffer.allocate(2 * PLACE_BYTES), ByteBuffer::put, (one, other) -> one)
                    .array());
            laidOut = true;
        }
    }

    private static void write(FileChannel channel, byte[] place, int at) throws IOException {
        ByteBuffer out = ByteBuffer.wrap(place);
        while (out.hasRemaining()) {
            channel.write(out, at + (long) out.position());
        }
        channel.force(false);
    }

    private byte[] encode(Vote vote) {
        byte[] text = vote.vote().getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(PLACE_BYTES);
        out.putInt(MAGIC)
                .put(FORMAT)
                .putLong(number)
                .putLong(vote.term())
                .putShort((short) text.length)
                .put(text);
        CRC32C crc = new CRC32C();
        crc.update(out.array(), 0, out.position());
        out.putInt((int) crc.getValue());
        return out.array();
    }
}
