package dev.coord.server.raft;

import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.option.RaftMetaStorageOptions;
import com.alipay.sofa.jraft.storage.RaftMetaStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The term and the vote of this server, on disk before they are told to anybody: a server that forgets its vote can elect
 * two leaders. JRaft ignores what these methods return, so one that can't write fails the whole server and throws.
 *
 * <p>File {@code vote}, big-endian: magic {@code CVOT}, format byte 1, term (8), length of the vote (2), the vote as
 * host:port in UTF-8 (empty: none), CRC32C of all before (4).
 *
 * <p>Threads: JRaft writes under its node lock; {@link #getTerm} is safe from any thread.
 */
final class VoteStorage implements RaftMetaStorage {

    private static final int MAGIC = 0x43564F54;
    private static final byte FORMAT = 1;
    private static final int FIXED_BYTES = 4 + 1 + 8 + 2 + 4;

    private final DurableFile file;
    private final Failure failure;

    /** Written under JRaft's node lock, read by anybody. */
    private volatile long term;
    /** Under JRaft's node lock. */
    private PeerId votedFor = PeerId.emptyPeer();

    VoteStorage(DurableFile file, Failure failure) {
        this.file = file;
        this.failure = failure;
    }

    /** Reads the file. Also called by {@link RaftConsensus} before JRaft starts, for an error that says more. */
    void load() throws IOException {
        Optional<byte[]> bytes = file.read();
        if (bytes.isPresent()) {
            decode(ByteBuffer.wrap(bytes.get()));
        }
    }

    private void decode(ByteBuffer in) throws IOException {
        int length = in.remaining();
        if (length < FIXED_BYTES || in.getInt() != MAGIC) {
            throw damaged("it is no vote file");
        }
        CRC32C crc = new CRC32C();
        crc.update(in.duplicate().position(0).limit(length - 4));
        if (in.getInt(length - 4) != (int) crc.getValue()) {
            throw damaged("its checksum does not match");
        }
        byte format = in.get();
        if (format != FORMAT) {
            throw new IOException("The vote file " + file.path() + " has format " + format + ", this build knows "
                    + FORMAT + ": start a newer build");
        }
        term = in.getLong();
        byte[] vote = new byte[in.getShort()];
        in.get(vote);
        PeerId peer = PeerId.emptyPeer();
        if (vote.length > 0 && !peer.parse(new String(vote, StandardCharsets.UTF_8))) {
            throw damaged("it names no server");
        }
        votedFor = peer;
    }

    private IOException damaged(String why) {
        return new IOException(
                "The vote file " + file.path() + " is damaged: " + why
                        + ". Without it this server might vote twice: remove its data directory and let it join the cluster anew");
    }

    private byte[] encode() {
        byte[] vote = votedFor.isEmpty() ? new byte[0] : votedFor.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES + vote.length);
        out.putInt(MAGIC)
                .put(FORMAT)
                .putLong(term)
                .putShort((short) vote.length)
                .put(vote);
        CRC32C crc = new CRC32C();
        crc.update(out.array(), 0, out.position());
        out.putInt((int) crc.getValue());
        return out.array();
    }

    private boolean save() {
        if (failure.failed()) {
            throw failure.exception();
        }
        try {
            file.replace(encode());
            return true;
        } catch (IOException e) {
            String message = "the vote could not be made durable in " + file.path() + " (" + e
                    + "); mend the disk and start the server again";
            failure.fail(message, e);
            throw new IllegalStateException(message, e);
        }
    }

    @Override
    public boolean init(RaftMetaStorageOptions options) {
        return true;
    }

    @Override
    public void shutdown() {}

    @Override
    public boolean setTerm(long newTerm) {
        term = newTerm;
        return save();
    }

    @Override
    public long getTerm() {
        return term;
    }

    @Override
    public boolean setVotedFor(PeerId peer) {
        votedFor = peer.copy();
        return save();
    }

    @Override
    public PeerId getVotedFor() {
        return votedFor.copy();
    }

    @Override
    public boolean setTermAndVotedFor(long newTerm, PeerId peer) {
        term = newTerm;
        votedFor = peer.copy();
        return save();
    }
}
