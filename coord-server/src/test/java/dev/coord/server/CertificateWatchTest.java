package dev.coord.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that somebody replaces behind a server's back. */
class CertificateWatchTest {

    private static final long LOOK_MILLIS = 20;

    @TempDir
    private Path directory;

    @Test
    void aFileThatWasReplacedIsToldOf() throws Exception {
        for (String name : List.of("ca.pem", "cert.pem", "key.pem")) {
            Files.writeString(directory.resolve(name), "before");
        }
        ServerConfig config = ServerConfig.of(List.of(ConfigSource.of(
                "test",
                Map.of(
                        "data_dir",
                        directory.toString(),
                        "ca_file",
                        directory.resolve("ca.pem").toString(),
                        "cert_file",
                        directory.resolve("cert.pem").toString(),
                        "key_file",
                        directory.resolve("key.pem").toString()))));
        AtomicInteger told = new AtomicInteger();
        CertificateWatch watch = new CertificateWatch(config, told::incrementAndGet, LOOK_MILLIS);
        try (watch) {
            Files.writeString(directory.resolve("next.pem"), "after!");
            Files.move(directory.resolve("next.pem"), directory.resolve("cert.pem"), StandardCopyOption.ATOMIC_MOVE);
            await().untilAsserted(() -> assertThat(told).hasValue(1));

            Files.writeString(directory.resolve("ca.pem"), "another authority");
            await().untilAsserted(() -> assertThat(told).hasValueGreaterThan(1));
        }
    }
}
