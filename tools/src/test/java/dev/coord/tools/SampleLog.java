package dev.coord.tools;

import com.google.protobuf.ByteString;
import dev.coord.api.storage.v1.InitCluster;
import dev.coord.api.storage.v1.KvDelete;
import dev.coord.api.storage.v1.KvDeleteTree;
import dev.coord.api.storage.v1.KvPut;
import dev.coord.api.storage.v1.LoggedCommand;
import dev.coord.api.storage.v1.Register;
import dev.coord.api.v1.Node;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.maintenance.LogDirectory;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A small log as a server writes one: a bit of everything, the same each time. */
final class SampleLog {

    static final LogOptions OPTIONS = new LogOptions(8 << 10, 1 << 20);

    private static final long TIME_MILLIS = 1_700_000_000_000L;
    private static final int BATCH = 4;

    private SampleLog() {}

    /** Entries 1 to 79; those from 40 on were written again in term 2, as after a change of leaders; then some forgotten. */
    static void write(Path directory, String backend) {
        try (LogStore log = LogDirectory.open(directory, backend, OPTIONS)) {
            append(log, 60, 1);
            log.truncateSuffix(40);
            append(log, 80, 2);
            log.truncatePrefix(3);
        }
    }

    private static void append(LogStore log, long to, long term) {
        while (log.nextIndex() < to) {
            List<LogEntry> batch = new ArrayList<>();
            for (long index = log.nextIndex(); batch.size() < BATCH && index < to; index++) {
                batch.add(new LogEntry(index, term, ByteBuffer.wrap(bytes(index, term))));
            }
            log.append(batch);
        }
    }

    private static byte[] bytes(long index, long term) {
        if (index == 1) {
            return configuration();
        } else if (index == 2 || index == 40) {
            return new byte[] {3};
        }
        LoggedCommand.Builder logged = LoggedCommand.newBuilder().setTimeMs(TIME_MILLIS + index * 1000);
        if (index == 3) {
            logged.setInitCluster(InitCluster.newBuilder().setClusterId("11111111-2222-3333-4444-555555555555"));
        } else if (index == 4) {
            logged.setRegister(Register.newBuilder()
                    .setNode(Node.newBuilder()
                            .setName("n1")
                            .setAddress("10.0.0.1")
                            .putMeta("rack", "r 7")));
        } else if (index == 77) {
            logged.setKvDelete(KvDelete.newBuilder().setKey("app/005").setCas(9));
        } else if (index == 78) {
            logged.setKvDeleteTree(KvDeleteTree.newBuilder().setPrefix("app/01"));
        } else if (index == 79) {
            logged.setKvPut(
                    KvPut.newBuilder().setKey("bin").setValue(ByteString.copyFrom(new byte[] {0, 1, (byte) 0xff})));
        } else {
            logged.setKvPut(KvPut.newBuilder()
                    .setKey(String.format("app/%03d", index % 30))
                    .setValue(ByteString.copyFromUtf8("value " + index + " of term " + term + " " + ".".repeat(60))));
        }
        byte[] command = logged.build().toByteArray();
        byte[] bytes = new byte[command.length + 1];
        bytes[0] = 1;
        System.arraycopy(command, 0, bytes, 1, command.length);
        return bytes;
    }

    private static byte[] configuration() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            byte[] server = "10.0.0.1:8300".getBytes(StandardCharsets.UTF_8);
            out.writeByte(2);
            out.writeShort(1);
            out.writeShort(server.length);
            out.write(server);
            out.writeShort(0);
            out.writeShort(0);
            out.writeShort(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
