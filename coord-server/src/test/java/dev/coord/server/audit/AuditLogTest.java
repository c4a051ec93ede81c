package dev.coord.server.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.logging.Rotation;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events on their way into files. */
class AuditLogTest {

    @TempDir
    private Path directory;

    private AuditSettings settings(long rotateBytes, int filesMax) {
        return new AuditSettings(
                true,
                directory.resolve("audit").resolve("audit.json"),
                new Rotation(rotateBytes, Rotation.NEVER, filesMax));
    }

    private static AuditEvent event(int number) {
        return new AuditEvent(
                Instant.EPOCH, "r" + number, false, "HTTP", "accessor", "127.0.0.1:1", "PUT", "/v1/kv/a", "");
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(directory.resolve("audit"))) {
            return all.sorted().toList();
        }
    }

    private static List<JsonObject> lines(Path file) throws IOException {
        return Files.readAllLines(file).stream().map(JsonObject::new).toList();
    }

    @Test
    void anEventIsALineInTheOrderInWhichItCame() throws Exception {
        try (AuditLog log = new AuditLog(settings(1 << 20, 3))) {
            log.record(event(1));
            log.record(event(1).completed(Instant.EPOCH.plusSeconds(1), "200"));
        }
        Path file = directory.resolve("audit").resolve("audit.json");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        List<JsonObject> lines = lines(file);
        assertThat(lines)
                .extracting(line -> line.getJsonObject("payload").getString("stage"))
                .containsExactly("OperationStart", "OperationComplete");
        JsonObject last = lines.get(1).getJsonObject("payload");
        assertThat(last.getJsonObject("auth").getString("accessor_id")).isEqualTo("accessor");
        assertThat(last.getJsonObject("request").getString("endpoint")).isEqualTo("/v1/kv/a");
        assertThat(last.getJsonObject("response").getString("status")).isEqualTo("200");
    }

    @Test
    void aFullFileIsPutAsideAndTheOldestGo() throws Exception {
        for (int run = 0; run < 6; run++) {
            try (AuditLog log = new AuditLog(settings(400, 2))) {
                log.record(event(run));
            }
        }
        assertThat(files()).hasSize(3);
        List<String> kept = new ArrayList<>();
        for (Path file : files()) {
            for (JsonObject line : lines(file)) {
                kept.add(line.getJsonObject("payload").getString("id"));
            }
        }
        assertThat(kept).containsExactly("r3", "r4", "r5");
    }

    @Test
    void whatIsLeftOutAtTheBoundIsCountedInTheFile() throws Exception {
        int recorded = 10 * AuditLog.QUEUE_MAX;
        try (AuditLog log = new AuditLog(settings(1L << 30, 1))) {
            for (int i = 0; i < recorded; i++) {
                log.record(event(i));
            }
        }
        long written = 0;
        long missing = 0;
        for (JsonObject line : lines(directory.resolve("audit").resolve("audit.json"))) {
            if (line.getString("event_type").equals("audit")) {
                written++;
            } else {
                missing += line.getJsonObject("payload").getLong("missing");
            }
        }
        assertThat(written).isPositive();
        assertThat(written + missing).isEqualTo(recorded);
    }
}
