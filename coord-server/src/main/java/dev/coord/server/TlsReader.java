package dev.coord.server;

import dev.coord.server.ServerConfig.Tls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which certificates are for what: Consul's older keys, one set for all, and its newer {@code tls} section. Used once. */
final class TlsReader {

    private final ConfigValues values;

    /** @throws StartupException naming a file that can't be read, whether it would be used or not */
    TlsReader(ConfigValues values) {
        this.values = values;
        for (String section : List.of("internal_rpc", "https", "grpc")) {
            for (String name : List.of("ca_file", "cert_file", "key_file")) {
                file(section, name);
            }
        }
    }

    /** Mutual, always. Null when there is no certificate, or no authority by which servers could know each other. */
    @Nullable
    Tls betweenServers() {
        return file("internal_rpc", "ca_file") == null ? null : files("internal_rpc", true);
    }

    /** Null when there is no certificate. */
    @Nullable
    Tls https() {
        return files(
                "https",
                values.firstFlag(
                        false,
                        "tls.https.verify_incoming",
                        "verify_incoming_https",
                        "tls.defaults.verify_incoming",
                        "verify_incoming"));
    }

    /** Null when there is no certificate. */
    @Nullable
    Tls grpc() {
        return files(
                "grpc",
                values.firstFlag(false, "tls.grpc.verify_incoming", "tls.defaults.verify_incoming", "verify_incoming"));
    }

    private @Nullable Tls files(String section, boolean verifyClients) {
        Path ca = file(section, "ca_file");
        Path cert = file(section, "cert_file");
        Path key = file(section, "key_file");
        if (cert == null && key == null) {
            return null;
        }
        if (cert == null || key == null) {
            throw values.bad(cert == null ? "cert_file" : "key_file", "not given: cert_file and key_file go together");
        }
        if (verifyClients && ca == null) {
            throw values.bad("ca_file", "not given: whose certificates are to be accepted?");
        }
        return new Tls(ca, cert, key, verifyClients);
    }

    private @Nullable Path file(String section, String name) {
        String own = "tls." + section + "." + name;
        String common = "tls.defaults." + name;
        Optional<String> given = values.firstText(own, common, name);
        if (given.isEmpty()) {
            return null;
        }
        Path path = Path.of(given.get());
        if (!Files.isReadable(path)) {
            String key = values.firstText(own).isPresent()
                    ? own
                    : values.firstText(common).isPresent() ? common : name;
            throw values.bad(key, "file " + path + " can't be read");
        }
        return path;
    }
}
