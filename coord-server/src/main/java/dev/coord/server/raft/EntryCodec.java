package dev.coord.server.raft;

import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.entity.PeerId;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What stands in the bytes of a log entry: one type byte, then the payload.
 *
 * <ul>
 *   <li>{@link #COMMAND}: a {@code coord.storage.v1.LoggedCommand}. The proposer puts the type byte before it, so that
 *       neither the log nor the wire to followers copies the command once more.
 *   <li>{@link #CONFIGURATION}: the servers of the group: voters, voters before, learners, learners before; each list a
 *       count (2 bytes) of host:port texts with their length (2 bytes). The lists "before" are empty outside a change.
 *   <li>{@link #NO_OP}: nothing.
 * </ul>
 *
 * These bytes stay as they are for ever: a log written today is read by every later build.
 */
final class EntryCodec {

    static final byte COMMAND = 1;
    static final byte CONFIGURATION = 2;
    static final byte NO_OP = 3;

    private EntryCodec() {}

    static dev.coord.wal.LogEntry encode(LogEntry entry) {
        LogId id = entry.getId();
        return new dev.coord.wal.LogEntry(id.getIndex(), id.getTerm(), bytes(entry));
    }

    private static ByteBuffer bytes(LogEntry entry) {
        return switch (entry.getType()) {
            case ENTRY_TYPE_DATA -> entry.getData();
            case ENTRY_TYPE_CONFIGURATION -> configuration(entry);
            case ENTRY_TYPE_NO_OP -> ByteBuffer.wrap(new byte[] {NO_OP});
            case ENTRY_TYPE_UNKNOWN ->
                throw new IllegalArgumentException("log entry " + entry.getId() + " has an unknown type");
        };
    }

    private static ByteBuffer configuration(LogEntry entry) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(CONFIGURATION);
            writePeers(out, entry.getPeers());
            writePeers(out, entry.getOldPeers());
            writePeers(out, entry.getLearners());
            writePeers(out, entry.getOldLearners());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ByteBuffer.wrap(bytes.toByteArray());
    }

    private static void writePeers(DataOutputStream out, @Nullable List<PeerId> peers) throws IOException {
        out.writeShort(peers == null ? 0 : peers.size());
        if (peers != null) {
            for (PeerId peer : peers) {
                byte[] text = peer.toString().getBytes(StandardCharsets.UTF_8);
                out.writeShort(text.length);
                out.write(text);
            }
        }
    }

    /** @throws IllegalStateException if the bytes are not of a type that this build knows */
    static LogEntry decode(dev.coord.wal.LogEntry stored) {
        LogEntry entry = new LogEntry(type(stored));
        entry.setId(new LogId(stored.index(), stored.term()));
        if (entry.getType() == EntryType.ENTRY_TYPE_DATA) {
            entry.setData(stored.data().duplicate());
        } else if (entry.getType() == EntryType.ENTRY_TYPE_CONFIGURATION) {
            ByteBuffer in = stored.data().duplicate();
            in.get();
            entry.setPeers(readPeers(in));
            entry.setOldPeers(readPeers(in));
            entry.setLearners(readPeers(in));
            entry.setOldLearners(readPeers(in));
        }
        return entry;
    }

    private static EntryType type(dev.coord.wal.LogEntry stored) {
        byte type = stored.bytes() == 0 ? 0 : stored.data().get(stored.data().position());
        return switch (type) {
            case COMMAND -> EntryType.ENTRY_TYPE_DATA;
            case CONFIGURATION -> EntryType.ENTRY_TYPE_CONFIGURATION;
            case NO_OP -> EntryType.ENTRY_TYPE_NO_OP;
            default ->
                throw new IllegalStateException("log entry " + stored.index() + " has type " + type
                        + ", which this build does not know: it was written by a newer build or is damaged");
        };
    }

    static boolean isConfiguration(dev.coord.wal.LogEntry stored) {
        return stored.bytes() > 0 && stored.data().get(stored.data().position()) == CONFIGURATION;
    }

    /** Null when the list is empty, as JRaft wants it. */
    private static @Nullable List<PeerId> readPeers(ByteBuffer in) {
        int count = in.getShort();
        if (count == 0) {
            return null;
        }
        List<PeerId> peers = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            byte[] text = new byte[in.getShort()];
            in.get(text);
            PeerId peer = new PeerId();
            String address = new String(text, StandardCharsets.UTF_8);
            if (!peer.parse(address)) {
                throw new IllegalStateException("a configuration entry of the log names no server: " + address);
            }
            peers.add(peer);
        }
        return peers;
    }
}
