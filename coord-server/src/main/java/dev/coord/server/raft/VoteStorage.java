package dev.coord.server.raft;

import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.option.RaftMetaStorageOptions;
import com.alipay.sofa.jraft.storage.RaftMetaStorage;
import java.io.IOException;
import java.util.Optional;

/**
 * The term and the vote of this server, on disk before they are told to anybody: a server that forgets its vote can elect
 * two leaders. JRaft ignores what these methods return, so one that can't write fails the whole server and throws.
 *
 * <p>Threads: JRaft writes under its node lock; {@link #getTerm} is safe from any thread.
 */
final class VoteStorage implements RaftMetaStorage {

    private final VoteFile file;
    private final Failure failure;

    /** Written under JRaft's node lock, read by anybody. */
    private volatile long term;
    /** Under JRaft's node lock. */
    private PeerId votedFor = PeerId.emptyPeer();

    VoteStorage(DurableFile file, Failure failure) {
        this.file = new VoteFile(file);
        this.failure = failure;
    }

    /** Reads the file and changes nothing. Called before JRaft starts, for an error that says more. */
    void load() throws IOException {
        Optional<VoteFile.Vote> last = file.read();
        if (last.isPresent()) {
            PeerId peer = PeerId.emptyPeer();
            if (!last.get().vote().isEmpty() && !peer.parse(last.get().vote())) {
                throw file.damaged("it names no server");
            }
            term = last.get().term();
            votedFor = peer;
        }
    }

    /** Once it is loaded, by a server that is about to vote: from then on a vote needs no room on the disk. */
    void layOut() {
        file.layOut(current());
    }

    private VoteFile.Vote current() {
        return new VoteFile.Vote(term, votedFor.isEmpty() ? "" : votedFor.toString());
    }

    private boolean save() {
        if (failure.failed()) {
            throw failure.exception();
        }
        try {
            file.write(current());
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
