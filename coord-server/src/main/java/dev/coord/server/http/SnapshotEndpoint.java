package dev.coord.server.http;

import com.google.protobuf.UnsafeByteOperations;
import dev.coord.server.acl.Resource;
import dev.coord.server.archive.ArchiveException;
import dev.coord.server.archive.SnapshotArchive;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandLimits;
import dev.coord.server.command.CommandResult;
import dev.coord.server.state.SnapshotCodec;
import dev.coord.server.state.SnapshotFormatException;
import dev.coord.server.state.State;
import io.vertx.core.http.HttpHeaders;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /v1/snapshot}: everything that the cluster knows as one archive, and an archive in place of everything. Archives
 * pass through a temporary file, never whole through memory; what takes time runs on Vert.x' worker threads.
 */
final class SnapshotEndpoint implements EndpointFamily {

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotEndpoint.class);
    private static final String SUFFIX = ".coord-snapshot";

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/snapshot", Access.write(Resource.ACL), SnapshotEndpoint::save);
        routes.put("/v1/snapshot", Access.write(Resource.ACL), SnapshotEndpoint::restore);
    }

    private static void save(Exchange exchange) {
        exchange.state(state -> {
            ClusterView cluster = exchange.backend().cluster();
            var origin = new SnapshotArchive.Origin(
                    cluster.appliedIndex(), cluster.term(), cluster.servers(), state.timeMillis());
            exchange.await(exchange.work(() -> archive(state, origin)), file -> {
                exchange.header(HttpHeaders.CONTENT_TYPE, "application/x-gzip");
                Reads.headers(exchange, state.revision());
                var unused = exchange.answerFile(file).whenComplete((sent, failure) -> ScratchFiles.delete(file));
            });
        });
    }

    private static Path archive(State state, SnapshotArchive.Origin origin) throws IOException {
        Path file = ScratchFiles.make(SUFFIX);
        try {
            SnapshotArchive.write(state, origin, file);
            return file;
        } catch (IOException | RuntimeException e) {
            ScratchFiles.delete(file);
            throw e;
        }
    }

    private static void restore(Exchange exchange) {
        Path archive = temporary();
        Path content = temporary();
        CompletableFuture<CommandResult> restored = exchange.bodyTo(archive, CommandLimits.RESTORE_BYTES_MAX)
                .thenCompose(received -> exchange.work(() -> extract(archive, content)))
                .thenCompose(bytes -> new Restore(exchange, content, bytes).piece(0))
                .whenComplete((result, failure) -> {
                    ScratchFiles.delete(archive);
                    ScratchFiles.delete(content);
                });
        exchange.await(restored, result -> {
            LOG.info("A snapshot was restored: the state is at revision {} now", result.revision());
            exchange.answer(Answer.ok());
        });
    }

    private static Path temporary() {
        try {
            return ScratchFiles.make(SUFFIX);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads the state's bytes once whole, here: what can't be restored shall never reach the log. Returns their number. */
    private static long extract(Path archive, Path content) throws IOException {
        try {
            SnapshotArchive.extract(archive, content, CommandLimits.RESTORE_BYTES_MAX);
            try (InputStream in = new BufferedInputStream(Files.newInputStream(content))) {
                var unused = SnapshotCodec.read(in);
            }
            return Files.size(content);
        } catch (ArchiveException e) {
            throw HttpError.internal(String.valueOf(e.getMessage()));
        } catch (SnapshotFormatException e) {
            throw HttpError.internal("state.bin can't be restored: " + e.getMessage()
                    + ". Archives of another store are not restored: move its keys with kv export and import");
        }
    }

    /** Brings the state's bytes through the log, one piece after the other, so that they do not flood it. */
    private record Restore(Exchange exchange, Path content, long bytes, String id) {

        Restore(Exchange exchange, Path content, long bytes) {
            this(exchange, content, bytes, UUID.randomUUID().toString());
        }

        /** This piece and all that follow. */
        CompletableFuture<CommandResult> piece(int number) {
            return exchange.work(() -> read(number))
                    .thenCompose(exchange.backend().commands()::execute)
                    .thenCompose(result -> {
                        if (result.rejection() != null) {
                            return CompletableFuture.failedFuture(Errors.of(result.rejection()));
                        }
                        return isLast(number) ? CompletableFuture.completedFuture(result) : piece(number + 1);
                    });
        }

        private Command read(int number) throws IOException {
            try (InputStream in = Files.newInputStream(content)) {
                in.skipNBytes((long) number * CommandLimits.RESTORE_CHUNK_BYTES_MAX);
                byte[] piece = in.readNBytes(CommandLimits.RESTORE_CHUNK_BYTES_MAX);
                return new Command.RestoreChunk(id, number, UnsafeByteOperations.unsafeWrap(piece), isLast(number));
            }
        }

        private boolean isLast(int number) {
            return (number + 1L) * CommandLimits.RESTORE_CHUNK_BYTES_MAX >= bytes;
        }
    }
}
