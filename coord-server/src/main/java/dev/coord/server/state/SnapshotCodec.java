package dev.coord.server.state;

import dev.coord.api.storage.v1.AclRecord;
import dev.coord.api.storage.v1.Coordinate;
import dev.coord.api.storage.v1.FlagSet;
import dev.coord.api.storage.v1.LockDelay;
import dev.coord.api.storage.v1.NamedIndex;
import dev.coord.api.storage.v1.PreparedQuery;
import dev.coord.api.storage.v1.RestoreChunk;
import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.storage.v1.SnapshotFooter;
import dev.coord.api.storage.v1.SnapshotHeader;
import dev.coord.api.storage.v1.SnapshotRecord;
import dev.coord.api.storage.v1.Tombstone;
import dev.coord.api.storage.v1.UserEvent;
import dev.coord.server.command.ApiMapping;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.SessionEntry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A state as a stream of bytes, there and back. Equal states give equal bytes. Holds one record in memory at a time besides
 * the state itself; buffers nothing: hand in buffered streams. Safe from any thread.
 *
 * <pre>
 * "COORDSNP"  format (4 bytes, big-endian)  frame*
 * frame   = length (4 bytes, big-endian, at least 1)  SnapshotRecord
 * first   = header;  last = footer with the number of records before it
 * after the footer: CRC32C (4 bytes, big-endian) of everything before it, and nothing more
 * </pre>
 */
public final class SnapshotCodec {

    /** The newest format that this build reads, and the one that it writes. */
    public static final int FORMAT = 1;
    /** The largest record, bytes: room for the largest value with its key, and for the largest registration. */
    public static final int RECORD_BYTES_MAX = 4 * 1024 * 1024;

    private SnapshotCodec() {}

    /** Writes a state. Neither flushes nor closes the stream. */
    public static void write(State state, OutputStream out) throws IOException {
        write(state, new SnapshotOutput(out));
    }

    private static void write(State state, SnapshotOutput output) throws IOException {
        output.write(SnapshotRecord.newBuilder().setHeader(header(state)).build());
        writeIndexes(state, output);
        writeCatalog(state.catalog(), output);
        for (SessionEntry session : state.sessions()) {
            output.write(SnapshotRecord.newBuilder()
                    .setSession(ApiMapping.toMessage(session))
                    .build());
        }
        writeKv(state.kvTable(), output);
        writeDiscovery(state.discovery(), output);
        writeAdministration(state.administration(), output);
        writeAcl(state.acl(), output);
        writeFlags(state.flagTable(), output);
        writeRollouts(state.flagTable(), output);
        output.finish(count -> SnapshotRecord.newBuilder()
                .setFooter(SnapshotFooter.newBuilder().setRecords(count))
                .build());
    }

    /** Visits a state's records in the order in which they are written, header and footer left out. */
    public static void visit(State state, Consumer<SnapshotRecord> visitor) {
        try {
            write(state, new SnapshotOutput(OutputStream.nullOutputStream()) {
                @Override
                void write(SnapshotRecord record) {
                    if (!record.hasHeader() && !record.hasFooter()) {
                        visitor.accept(record);
                    }
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException("nothing was written, so nothing can fail", e);
        }
    }

    /**
     * Reads what can be read of a damaged or cut snapshot: records that make no sense are left out, and it ends where the
     * frames do. The sum is of the whole, so which of the records that came out are as they were written can't be told.
     *
     * @param problem told of everything that was left out or does not fit
     * @throws SnapshotFormatException when not even the header can be read, or a newer build wrote it
     */
    public static State salvage(InputStream in, Consumer<String> problem) throws IOException {
        SnapshotInput input = new SnapshotInput(in);
        SnapshotAssembly assembly = begin(input);
        while (true) {
            try {
                SnapshotRecord record = input.next();
                if (record.hasFooter()) {
                    return assembly.finish();
                }
                add(record, assembly, input);
            } catch (SnapshotFormatException e) {
                problem.accept(e.getMessage());
                if (!input.isAtNextRecord()) {
                    return assembly.finish();
                }
            }
        }
    }

    private static SnapshotAssembly begin(SnapshotInput input) throws IOException {
        SnapshotRecord first = input.next();
        if (!first.hasHeader()) {
            throw input.problem("begins with a " + first.getRecordCase() + " record instead of the header");
        }
        return new SnapshotAssembly(first.getHeader());
    }

    private static void add(SnapshotRecord record, SnapshotAssembly assembly, SnapshotInput input)
            throws SnapshotFormatException {
        try {
            assembly.add(record);
        } catch (IllegalArgumentException e) {
            throw input.problem(e.getMessage());
        }
    }

    private static SnapshotHeader header(State state) {
        String clusterId = state.clusterId();
        return SnapshotHeader.newBuilder()
                .setFormat(FORMAT)
                .setRevision(state.revision())
                .setTimeMs(state.timeMillis())
                .setClusterId(clusterId == null ? "" : clusterId)
                .setTombstoneFloor(state.kvTable().graveyard().floor())
                .build();
    }

    private static void writeIndexes(State state, SnapshotOutput output) throws IOException {
        Catalog catalog = state.catalog();
        Sessions sessions = state.sessionTable();
        writeIndex(output, IndexName.KV, "", state.kvTable().newest());
        writeIndex(output, IndexName.NODES, "", catalog.nodesIndex());
        writeIndex(output, IndexName.SERVICES, "", catalog.servicesIndex());
        writeIndex(output, IndexName.CHECKS, "", catalog.checksIndex());
        writeIndex(output, IndexName.SESSIONS, "", sessions.index());
        writeGone(output, IndexName.NODE_GONE, catalog.goneNodes());
        writeGone(output, IndexName.SERVICE_GONE, catalog.goneServices());
        writeGone(output, IndexName.SESSION_GONE, sessions.graveyard());
        for (NodeRecord node : catalog.nodes().values()) {
            writeIndex(output, IndexName.NODE, node.node().name(), node.index());
        }
        for (Map.Entry<String, ServiceRecord> service : catalog.services().entrySet()) {
            writeIndex(
                    output,
                    IndexName.SERVICE,
                    service.getKey(),
                    service.getValue().index());
        }
    }

    /** Nothing for a table that was never used: a state without it is written as before there was one. */
    private static void writeIndexIfAny(SnapshotOutput output, IndexName table, long revision) throws IOException {
        if (revision > 0) {
            writeIndex(output, table, "", revision);
        }
    }

    private static void writeDiscovery(Discovery discovery, SnapshotOutput output) throws IOException {
        writeIndexIfAny(output, IndexName.QUERIES, discovery.queries().index());
        writeIndexIfAny(output, IndexName.EVENTS, discovery.events().index());
        writeIndexIfAny(output, IndexName.COORDINATES, discovery.coordinates().index());
        for (PreparedQuery query : discovery.queries().byId().values()) {
            output.write(SnapshotRecord.newBuilder().setPreparedQuery(query).build());
        }
        for (UserEvent event : discovery.events().newest()) {
            output.write(SnapshotRecord.newBuilder().setUserEvent(event).build());
        }
        for (Coordinate coordinate : discovery.coordinates().all()) {
            output.write(SnapshotRecord.newBuilder().setCoordinate(coordinate).build());
        }
    }

    private static void writeAdministration(Administration administration, SnapshotOutput output) throws IOException {
        writeIndexIfAny(output, IndexName.RESTORED, administration.restoredAt());
        if (administration.autopilot() != null) {
            output.write(SnapshotRecord.newBuilder()
                    .setAutopilot(administration.autopilot())
                    .build());
        }
        PendingRestore restore = administration.restore();
        if (restore != null) {
            for (int number = 0; number < restore.chunks().size(); number++) {
                output.write(SnapshotRecord.newBuilder()
                        .setRestoreChunk(RestoreChunk.newBuilder()
                                .setId(restore.id())
                                .setNumber(number)
                                .setData(restore.chunks().get(number)))
                        .build());
            }
        }
    }

    private static void writeGone(SnapshotOutput output, IndexName table, Graveyard gone) throws IOException {
        writeIndex(output, table, "", gone.floor());
        for (Map.Entry<String, Long> tombstone : gone.tombstones().all().entrySet()) {
            writeIndex(output, table, tombstone.getKey(), tombstone.getValue());
        }
    }

    private static void writeIndex(SnapshotOutput output, IndexName table, String name, long revision)
            throws IOException {
        output.write(SnapshotRecord.newBuilder()
                .setNamedIndex(NamedIndex.newBuilder()
                        .setTable(table.text())
                        .setName(name)
                        .setRevision(revision))
                .build());
    }

    private static void writeCatalog(Catalog catalog, SnapshotOutput output) throws IOException {
        for (NodeRecord node : catalog.nodes().values()) {
            output.write(SnapshotRecord.newBuilder()
                    .setNode(ApiMapping.toMessage(node.node()))
                    .build());
            for (ServiceEntry service : node.services().values()) {
                output.write(SnapshotRecord.newBuilder()
                        .setService(ApiMapping.toMessage(service))
                        .build());
            }
            for (CheckEntry check : node.checks().values()) {
                output.write(SnapshotRecord.newBuilder()
                        .setCheck(ApiMapping.toMessage(check))
                        .build());
            }
        }
    }

    /** Nothing while ACLs were never used, so that an older build can read what it knows. */
    private static void writeAcl(AclTables acl, SnapshotOutput output) throws IOException {
        if (acl.equals(AclTables.INITIAL)) {
            return;
        }
        for (AclRecord record : acl.toRecords()) {
            output.write(SnapshotRecord.newBuilder().setAcl(record).build());
        }
    }

    private static void writeKv(KvTable kv, SnapshotOutput output) throws IOException {
        for (KvEntry entry : kv.entries().values()) {
            output.write(SnapshotRecord.newBuilder().setKv(entry.toMessage()).build());
        }
        for (Map.Entry<String, Long> tombstone :
                kv.graveyard().tombstones().all().entrySet()) {
            output.write(SnapshotRecord.newBuilder()
                    .setTombstone(
                            Tombstone.newBuilder().setKey(tombstone.getKey()).setRevision(tombstone.getValue()))
                    .build());
        }
        for (Map.Entry<String, Long> closed : kv.closedUntil().all().entrySet()) {
            output.write(SnapshotRecord.newBuilder()
                    .setLockDelay(LockDelay.newBuilder().setKey(closed.getKey()).setUntilMs(closed.getValue()))
                    .build());
        }
    }

    private static void writeRollouts(FlagTable flags, SnapshotOutput output) throws IOException {
        for (Rollout rollout : flags.rollouts().values()) {
            output.write(SnapshotRecord.newBuilder().setRollout(rollout).build());
        }
    }

    /** Nothing at all where there never were flags: a build that knows none reads it. */
    private static void writeFlags(FlagTable flags, SnapshotOutput output) throws IOException {
        if (flags.index() == 0) {
            return;
        }
        writeIndex(output, IndexName.FLAGS, "", flags.index());
        writeIndex(output, IndexName.FLAGS_FORGOTTEN, "", flags.floor());
        for (FlagSetEntry set : flags.sets().values()) {
            output.write(SnapshotRecord.newBuilder()
                    .setFlagSet(FlagSet.newBuilder()
                            .setName(set.name())
                            .setDeleted(!set.exists())
                            .setCreateRevision(set.createIndex())
                            .setModifyRevision(set.modifyIndex()))
                    .build());
            for (FlagEntry flag : set.definitions().values()) {
                output.write(SnapshotRecord.newBuilder()
                        .setFlag(flag.toMessage(set.name()))
                        .build());
            }
            for (FlagVersion version : set.history()) {
                output.write(SnapshotRecord.newBuilder()
                        .setFlagHistory(version.toMessage(set.name()))
                        .build());
            }
        }
    }

    /**
     * Reads a state, up to the end of the stream. Does not close the stream.
     *
     * @throws SnapshotFormatException when it was written in a newer format, or is damaged or cut; nothing of it is given
     * @throws IOException when the stream can't be read
     */
    public static State read(InputStream in) throws IOException {
        SnapshotInput input = new SnapshotInput(in);
        SnapshotAssembly assembly = begin(input);
        for (SnapshotRecord record = input.next(); !record.hasFooter(); record = input.next()) {
            add(record, assembly, input);
        }
        return assembly.finish();
    }
}
