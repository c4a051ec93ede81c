package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.RaftOutter.EntryMeta;
import com.alipay.sofa.jraft.entity.RaftOutter.SnapshotMeta;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.storage.snapshot.local.LocalSnapshotMetaTable;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server whose snapshot ends with entry 100 of term 3 and whose log begins with entry 91. */
class AgreedEntriesTest {

    private static final long FIRST = 91;
    private static final long SNAPSHOT = 100;

    @TempDir
    private Path path;

    private DataDirectory directory;
    private AgreedEntries agreed;

    @BeforeEach
    void takeASnapshot() throws IOException {
        directory = DataDirectory.open(path);
        Path snapshot = Files.createDirectories(directory.snapshots().resolve("snapshot_" + SNAPSHOT));
        LocalSnapshotMetaTable table = new LocalSnapshotMetaTable(new RaftOptions());
        table.setMeta(SnapshotMeta.newBuilder()
                .setLastIncludedIndex(SNAPSHOT)
                .setLastIncludedTerm(3)
                .build());
        table.saveToFile(snapshot.resolve("__raft_snapshot_meta").toString());
        agreed = new AgreedEntries(() -> FIRST, directory);
    }

    @AfterEach
    void close() throws IOException {
        directory.close();
    }

    /** Entries of the leader after this one; each has its index for data. */
    private static AppendEntriesRequest request(long previous, int entries) {
        AppendEntriesRequest.Builder request = AppendEntriesRequest.newBuilder()
                .setGroupId("coord")
                .setServerId("127.0.0.1:1")
                .setPeerId("127.0.0.1:2")
                .setTerm(4)
                .setPrevLogIndex(previous)
                .setPrevLogTerm(2)
                .setCommittedIndex(105);
        ByteString data = ByteString.EMPTY;
        for (int i = 1; i <= entries; i++) {
            ByteString one = ByteString.copyFromUtf8((previous + i) + ";");
            data = data.concat(one);
            request.addEntries(EntryMeta.newBuilder()
                    .setTerm(3)
                    .setType(EntryType.ENTRY_TYPE_DATA)
                    .setDataLen(one.size()));
        }
        return (entries == 0 ? request : request.setData(data)).build();
    }

    @Test
    void whatTheLogCanCompareIsLeftAsItIs() {
        AppendEntriesRequest request = request(FIRST, 20);

        assertThat(agreed.without(request)).isSameAs(request);
    }

    @Test
    void aProbeBelowTheLogIsTakenForOneAtTheEndOfTheSnapshot() {
        AppendEntriesRequest expected =
                request(SNAPSHOT, 0).toBuilder().setPrevLogTerm(3).build();

        assertThat(agreed.without(request(50, 0))).isEqualTo(expected);
    }

    @Test
    void ofEntriesThatReachBeyondTheSnapshotTheRestIsKept() {
        AppendEntriesRequest expected =
                request(SNAPSHOT, 7).toBuilder().setPrevLogTerm(3).build();

        assertThat(agreed.without(request(80, 27))).isEqualTo(expected);
    }

    @Test
    void ofEntriesThatTheSnapshotHasAllNothingIsKept() {
        AppendEntriesRequest expected =
                request(SNAPSHOT, 0).toBuilder().setPrevLogTerm(3).build();

        assertThat(agreed.without(request(80, 20))).isEqualTo(expected);
        assertThat(agreed.without(request(10, 30))).isEqualTo(expected);
    }

    @Test
    void withoutASnapshotThatCanBeReadItIsLeftAsItIs() throws IOException {
        Files.delete(directory.snapshots().resolve("snapshot_" + SNAPSHOT).resolve("__raft_snapshot_meta"));
        AppendEntriesRequest request = request(50, 3);

        assertThat(agreed.without(request)).isSameAs(request);
    }
}
