package dev.coord.server.raft;

import com.alipay.sofa.jraft.entity.RaftOutter.EntryMeta;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import java.io.IOException;
import java.util.List;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a leader sends of entries that this server has in its snapshot and no more in its log. JRaft can't compare such a
 * request with its log, refuses it, and the leader then tries one entry earlier, for ever: a server that has taken a newer
 * snapshot than the leader would never hear of anything new. But what is in a snapshot was agreed on, so every later leader
 * has the same (leader completeness, Raft section 5.4.3): the request may as well begin where the snapshot ends.
 *
 * <p>Threads: any.
 */
final class AgreedEntries {

    private static final Logger LOG = LoggerFactory.getLogger(AgreedEntries.class);

    private final LongSupplier firstInLog;
    private final DataDirectory directory;

    /** @param firstInLog index of the first entry that JRaft takes its log to hold; asked for each request */
    AgreedEntries(LongSupplier firstInLog, DataDirectory directory) {
        this.firstInLog = firstInLog;
        this.directory = directory;
    }

    /** The message itself, or one that begins after the snapshot. */
    Message without(Message message) {
        if (!(message instanceof AppendEntriesRequest request) || request.getPrevLogIndex() >= firstInLog.getAsLong()) {
            return message;
        }
        try {
            SnapshotPosition snapshot = directory.snapshotPosition();
            return snapshot == null || request.getPrevLogIndex() >= snapshot.index()
                    ? request
                    : after(snapshot, request);
        } catch (IOException e) {
            // JRaft may be putting a newer one in its place just now. It refuses the request, and the leader asks
            // again.
            LOG.debug("The newest snapshot can't be read: {}", e.getMessage());
            return request;
        }
    }

    private static AppendEntriesRequest after(SnapshotPosition snapshot, AppendEntriesRequest request) {
        List<EntryMeta> entries = request.getEntriesList();
        int agreed = (int) Math.min(entries.size(), snapshot.index() - request.getPrevLogIndex());
        AppendEntriesRequest.Builder rest = request.toBuilder()
                .setPrevLogIndex(snapshot.index())
                .setPrevLogTerm(snapshot.term())
                .clearEntries()
                .addAllEntries(entries.subList(agreed, entries.size()));
        if (agreed == entries.size()) {
            return rest.clearData().build();
        }
        int bytes = Math.toIntExact(entries.subList(0, agreed).stream()
                .mapToLong(EntryMeta::getDataLen)
                .sum());
        ByteString data = request.getData();
        return rest.setData(data.substring(bytes)).build();
    }
}
