package dev.coord.server.raft;

import dev.coord.wal.LogEntry;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What stands in an entry of a server's log, for tools that read a log without a server. Needs no consensus: an entry in a
 * log need not have been committed.
 *
 * @param kind what it is
 * @param command the bytes of a {@code coord.storage.v1.LoggedCommand} if it is a {@link Kind#COMMAND}; else empty
 * @param voters the servers that vote, host:port, if it is a {@link Kind#CONFIGURATION}
 * @param votersBefore the servers that voted before, in the middle of a change
 * @param learners the servers that follow without a vote
 * @param learnersBefore those before, in the middle of a change
 */
public record RaftEntry(
        Kind kind,
        ByteBuffer command,
        List<String> voters,
        List<String> votersBefore,
        List<String> learners,
        List<String> learnersBefore) {

    /** What an entry is. */
    public enum Kind {
        /** A command to the state. */
        COMMAND,
        /** The servers of the group. */
        CONFIGURATION,
        /** Nothing: a new leader's first entry. */
        NO_OP,
        /** Written by a newer build, or not by a server at all. */
        UNKNOWN
    }

    /** Never fails: what can't be read is {@link Kind#UNKNOWN}. Shares the entry's bytes. */
    public static RaftEntry of(LogEntry entry) {
        ByteBuffer in = entry.data().slice();
        if (!in.hasRemaining()) {
            return bare(Kind.UNKNOWN, in);
        }
        return switch (in.get()) {
            case EntryCodec.COMMAND -> bare(Kind.COMMAND, in.slice());
            case EntryCodec.NO_OP -> bare(Kind.NO_OP, ByteBuffer.allocate(0));
            case EntryCodec.CONFIGURATION -> configuration(in);
            default -> bare(Kind.UNKNOWN, ByteBuffer.allocate(0));
        };
    }

    private static RaftEntry configuration(ByteBuffer in) {
        try {
            return new RaftEntry(
                    Kind.CONFIGURATION, ByteBuffer.allocate(0), servers(in), servers(in), servers(in), servers(in));
        } catch (BufferUnderflowException | NegativeArraySizeException e) {
            return bare(Kind.UNKNOWN, ByteBuffer.allocate(0));
        }
    }

    private static List<String> servers(ByteBuffer in) {
        int count = in.getShort();
        List<String> servers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] text = new byte[in.getShort()];
            in.get(text);
            servers.add(new String(text, StandardCharsets.UTF_8));
        }
        return servers;
    }

    private static RaftEntry bare(Kind kind, ByteBuffer command) {
        return new RaftEntry(kind, command, List.of(), List.of(), List.of(), List.of());
    }
}
