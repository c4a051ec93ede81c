package dev.coord.tools;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Throws HTTP at a server: every path with sound, nearly sound and cut requests, one after the other on a connection. Left out
 * is what would end the server by design (agent/leave) or make it speak to others (agent/join, HTTP and TCP checks).
 */
final class FuzzHttp {

    private static final int PATIENCE_MILLIS = 10_000;
    private static final int PATIENCE_WITH_DAMAGED_MILLIS = 20;

    /** A request that makes sense; a path that ends with a slash wants a name. */
    private record Shape(String method, String path, String body) {}

    private static final String UUID = "8f246b77-f3e1-ff88-5b48-8ec93abf3e05";
    private static final String SERVICE =
            "{\"ID\":\"fuzz1\",\"Name\":\"fuzz\",\"Tags\":[\"tag\"],\"Meta\":{\"a\":\"b\"},\"Port\":8080,\"Weights\":{\"Passing\":10,"
                    + "\"Warning\":1},\"EnableTagOverride\":true,\"Check\":{\"TTL\":\"10s\",\"DeregisterCriticalServiceAfter\":\"90m\"}}";
    private static final String NODE =
            "{\"Node\":\"fuzz\",\"Address\":\"127.0.0.1\",\"NodeMeta\":{\"a\":\"b\"},\"Service\":{\"ID\":\"fuzz2\",\"Service\":\"fuzz\","
                    + "\"Port\":80,\"Tags\":[\"tag\"]},\"Checks\":[{\"CheckID\":\"c\",\"Name\":\"c\",\"Status\":\"passing\",\"ServiceID\":"
                    + "\"fuzz2\"}],\"SkipNodeUpdate\":false}";
    private static final String TXN =
            "[{\"KV\":{\"Verb\":\"set\",\"Key\":\"fuzz/a\",\"Value\":\"dmFsdWU=\",\"Flags\":7}},{\"KV\":{\"Verb\":\"cas\",\"Key\":"
                    + "\"fuzz/b\",\"Value\":\"\",\"Index\":0}},{\"Node\":{\"Verb\":\"get\",\"Node\":{\"Node\":\"fuzz\"}}},{\"Service\":"
                    + "{\"Verb\":\"set\",\"Node\":\"fuzz\",\"Service\":{\"Service\":\"fuzz\",\"Port\":9}}}]";
    private static final String QUERY =
            "{\"Name\":\"fuzz\",\"Service\":{\"Service\":\"fuzz\",\"Near\":\"_agent\",\"OnlyPassing\":true,\"Tags\":[\"tag\",\"!x\"],"
                    + "\"Failover\":{\"NearestN\":2,\"Datacenters\":[\"dc1\"]}},\"DNS\":{\"TTL\":\"10s\"},\"Template\":{\"Type\":"
                    + "\"name_prefix_match\",\"Regexp\":\"^fuzz-(.*)$\"}}";
    private static final String FLAGS =
            "{\"flags\":{\"f\":{\"state\":\"ENABLED\",\"variants\":{\"on\":true,\"off\":false},\"defaultVariant\":\"off\",\"targeting\":"
                    + "{\"if\":[{\"==\":[{\"var\":\"a\"},1]},\"on\",{\"fractional\":[[\"on\",10],[\"off\",90]]}]}}}}";

    private static final List<Shape> SHAPES = List.of(
            new Shape("GET", "/v1/kv/", ""),
            new Shape("PUT", "/v1/kv/", "value"),
            new Shape("DELETE", "/v1/kv/", ""),
            new Shape("PUT", "/v1/txn", TXN),
            new Shape("PUT", "/v1/catalog/register", NODE),
            new Shape("PUT", "/v1/catalog/deregister", "{\"Node\":\"fuzz\",\"ServiceID\":\"fuzz2\"}"),
            new Shape("GET", "/v1/catalog/nodes", ""),
            new Shape("GET", "/v1/catalog/services", ""),
            new Shape("GET", "/v1/catalog/service/", ""),
            new Shape("GET", "/v1/catalog/node/", ""),
            new Shape("GET", "/v1/catalog/node-services/", ""),
            new Shape("GET", "/v1/catalog/datacenters", ""),
            new Shape("GET", "/v1/health/node/", ""),
            new Shape("GET", "/v1/health/checks/", ""),
            new Shape("GET", "/v1/health/service/", ""),
            new Shape("GET", "/v1/health/state/", ""),
            new Shape(
                    "PUT",
                    "/v1/session/create",
                    "{\"Name\":\"fuzz\",\"TTL\":\"15s\",\"LockDelay\":\"1s\",\"Behavior\":\"delete\"}"),
            new Shape("PUT", "/v1/session/renew/", ""),
            new Shape("PUT", "/v1/session/destroy/", ""),
            new Shape("GET", "/v1/session/info/", ""),
            new Shape("GET", "/v1/session/node/", ""),
            new Shape("GET", "/v1/session/list", ""),
            new Shape("GET", "/v1/status/leader", ""),
            new Shape("GET", "/v1/status/peers", ""),
            new Shape("GET", "/v1/agent/self", ""),
            new Shape("GET", "/v1/agent/members", ""),
            new Shape("PUT", "/v1/agent/reload", ""),
            new Shape("PUT", "/v1/agent/force-leave/", ""),
            new Shape("GET", "/v1/agent/services", ""),
            new Shape("GET", "/v1/agent/service/", ""),
            new Shape("PUT", "/v1/agent/service/register", SERVICE),
            new Shape("PUT", "/v1/agent/service/deregister/", ""),
            new Shape("PUT", "/v1/agent/service/maintenance/", ""),
            new Shape("PUT", "/v1/agent/maintenance", ""),
            new Shape("GET", "/v1/agent/checks", ""),
            new Shape(
                    "PUT",
                    "/v1/agent/check/register",
                    "{\"ID\":\"c\",\"Name\":\"c\",\"ServiceID\":\"fuzz1\",\"TTL\":\"10s\"}"),
            new Shape("PUT", "/v1/agent/check/deregister/", ""),
            new Shape("PUT", "/v1/agent/check/pass/", ""),
            new Shape("PUT", "/v1/agent/check/warn/", ""),
            new Shape("PUT", "/v1/agent/check/fail/", ""),
            new Shape("PUT", "/v1/agent/check/update/", "{\"Status\":\"passing\",\"Output\":\"fine\"}"),
            new Shape("GET", "/v1/agent/health/service/id/", ""),
            new Shape("GET", "/v1/agent/health/service/name/", ""),
            new Shape("GET", "/v1/agent/host", ""),
            new Shape("GET", "/v1/agent/disk", ""),
            new Shape("GET", "/v1/agent/metrics", ""),
            new Shape("GET", "/v1/agent/monitor", ""),
            new Shape("GET", "/v1/agent/snapshots", ""),
            new Shape("PUT", "/v1/agent/token/", "{\"Token\":\"" + UUID + "\"}"),
            new Shape("PUT", "/v1/event/fire/", "payload"),
            new Shape("GET", "/v1/event/list", ""),
            new Shape("POST", "/v1/query", QUERY),
            new Shape("GET", "/v1/query", ""),
            new Shape("GET", "/v1/query/", ""),
            new Shape("PUT", "/v1/query/", QUERY),
            new Shape("DELETE", "/v1/query/", ""),
            new Shape("GET", "/v1/query/fuzz/execute", ""),
            new Shape("GET", "/v1/query/fuzz-x/explain", ""),
            new Shape("GET", "/v1/coordinate/datacenters", ""),
            new Shape("GET", "/v1/coordinate/nodes", ""),
            new Shape("GET", "/v1/coordinate/node/", ""),
            new Shape(
                    "PUT",
                    "/v1/coordinate/update",
                    "{\"Node\":\"fuzz\",\"Segment\":\"\",\"Coord\":{\"Adjustment\":0,\"Error\":1.5,\"Height\":0,\"Vec\":[0,0,0,0,0,0,0,0]}}"),
            new Shape("GET", "/v1/snapshot", ""),
            new Shape("PUT", "/v1/snapshot", "\u001f\u008b\b"),
            new Shape("GET", "/v1/operator/raft/configuration", ""),
            new Shape("DELETE", "/v1/operator/raft/peer", ""),
            new Shape("GET", "/v1/operator/autopilot/configuration", ""),
            new Shape(
                    "PUT",
                    "/v1/operator/autopilot/configuration",
                    "{\"CleanupDeadServers\":true,\"MaxTrailingLogs\":250}"),
            new Shape("GET", "/v1/operator/autopilot/health", ""),
            new Shape("GET", "/v1/operator/keyring", ""),
            new Shape("GET", "/v1/internal/ui/nodes", ""),
            new Shape("GET", "/v1/internal/ui/node/", ""),
            new Shape("GET", "/v1/internal/ui/services", ""),
            new Shape("PUT", "/v1/acl/bootstrap", ""),
            new Shape(
                    "PUT",
                    "/v1/acl/token",
                    "{\"Description\":\"fuzz\",\"Policies\":[{\"Name\":\"p\"}],\"Local\":false}"),
            new Shape(
                    "PUT",
                    "/v1/acl/policy",
                    "{\"Name\":\"p\",\"Rules\":\"key_prefix \\\"\\\" { policy = \\\"read\\\" }\"}"),
            new Shape("GET", "/v1/acl/tokens", ""),
            new Shape("POST", "/v1/acl/rules/translate", "key \"\" { policy = \"read\" }"),
            new Shape("GET", "/v1/connect/ca/roots", ""),
            new Shape(
                    "POST",
                    "/v1/connect/intentions",
                    "{\"SourceName\":\"a\",\"DestinationName\":\"b\",\"Action\":\"allow\"}"),
            new Shape("PUT", "/v1/config", "{\"Kind\":\"service-defaults\",\"Name\":\"fuzz\"}"),
            new Shape("GET", "/v1/discovery-chain/", ""),
            new Shape("GET", "/v1/flags", ""),
            new Shape("GET", "/v1/flags/", ""),
            new Shape("PUT", "/v1/flags/fuzz", FLAGS),
            new Shape(
                    "PUT",
                    "/v1/flags/fuzz/f",
                    "{\"state\":\"ENABLED\",\"variants\":{\"a\":1,\"b\":2},\"defaultVariant\":\"a\"}"),
            new Shape("POST", "/v1/flags/fuzz/f", "{\"a\":1,\"targetingKey\":\"x\"}"),
            new Shape("DELETE", "/v1/flags/", ""),
            new Shape("GET", "/v1/rollouts", ""),
            new Shape("GET", "/v1/rollouts/signals", ""),
            new Shape("GET", "/v1/rollouts/", ""),
            new Shape(
                    "PUT", "/v1/rollouts/streaming", "{\"steps\":[1,10,100],\"soakSeconds\":60,\"service\":\"fuzz\"}"));

    private static final String[] METHODS = {"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "X"};
    private static final String[] NAMES = {
        "fuzz",
        "fuzz1",
        "fuzz/a",
        "c",
        "service:fuzz1",
        "",
        UUID,
        "any",
        "critical",
        "f",
        "fuzz/f",
        "../..",
        "//",
        "\u0000"
    };
    private static final String[] OPTIONS = {
        "recurse",
        "raw",
        "keys",
        "separator",
        "flags",
        "cas",
        "acquire",
        "release",
        "dc",
        "ns",
        "near",
        "node-meta",
        "tag",
        "passing",
        "pretty",
        "cached",
        "stale",
        "consistent",
        "filter",
        "token",
        "index",
        "wait",
        "hash",
        "format",
        "enable",
        "reason",
        "note",
        "limit",
        "name",
        "node",
        "service",
        "address",
        "id",
        "loglevel",
        "replace-existing-checks",
        "version"
    };
    private static final String[] VALUES = {
        "",
        "1",
        "-1",
        "18446744073709551616",
        "true",
        "dc1",
        "10ms",
        "1h",
        "-5s",
        "fuzz",
        "_agent",
        "a:b",
        UUID,
        "prometheus",
        "Node == \"fuzz\"",
        "Service.Tags contains \"x\" or (not ID matches \"(a+)+$\")",
        "((((((((",
        "\uD83D\uDE00",
        "x".repeat(3000)
    };
    private static final String[] HEADERS = {
        "X-Consul-Token",
        "Authorization",
        "Cache-Control",
        "Accept",
        "Accept-Encoding",
        "If-None-Match",
        "Origin",
        "Range",
        "Content-Type",
        "Content-Encoding",
        "Upgrade",
        "Cookie",
        "X-Coord-Client"
    };

    private final InetSocketAddress server;
    private final FuzzFindings findings;
    private final SplittableRandom random;

    FuzzHttp(InetSocketAddress server, FuzzFindings findings, SplittableRandom random) {
        this.server = server;
        this.findings = findings;
        this.random = random;
    }

    /** One connection with some sound requests, or with a damaged one behind them. */
    void next() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int requests = random.nextInt(1, 7);
        boolean damaged = random.nextInt(4) == 0;
        String last = "";
        for (int i = 1; i <= requests; i++) {
            boolean end = i == requests;
            Request request = request(!damaged && end);
            // Who may wait comes last: nobody behind it would be answered.
            boolean waits = request.waits();
            byte[] bytes = request.bytes();
            last = request.line();
            findings.count("HTTP sent");
            out.writeBytes(end && damaged ? FuzzMutation.of(random, bytes) : bytes);
            if (waits) {
                damaged = true;
                break;
            }
        }
        exchange(out.toByteArray(), damaged, last);
    }

    private void exchange(byte[] requests, boolean damaged, String last) throws IOException {
        ByteArrayOutputStream answers = new ByteArrayOutputStream();
        try (Socket socket = new Socket()) {
            socket.connect(server, PATIENCE_MILLIS);
            socket.setSoTimeout(damaged ? PATIENCE_WITH_DAMAGED_MILLIS : PATIENCE_MILLIS);
            socket.getOutputStream().write(requests);
            byte[] buffer = new byte[1 << 16];
            for (int read; (read = socket.getInputStream().read(buffer)) >= 0; ) {
                answers.write(buffer, 0, read);
            }
            if (!damaged && answers.size() == 0) {
                findings.defect("HTTP: closed without an answer: " + last);
            }
        } catch (SocketTimeoutException e) {
            if (damaged) {
                findings.count("HTTP left waiting");
            } else {
                findings.defect("HTTP: no end of the answers within " + PATIENCE_MILLIS + " ms; the last of "
                        + "the requests: " + last);
            }
        } catch (IOException e) {
            // The server closes while something is still coming: so is TCP.
            findings.count("HTTP reset");
        }
        judge(answers.toByteArray(), last);
    }

    /** Every answer's status, and the text of those that speak of a failure. */
    private void judge(byte[] bytes, String last) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int at = 0;
        while (text.startsWith("HTTP/1.", at)) {
            int head = text.indexOf("\r\n\r\n", at);
            if (head < 0) {
                return;
            }
            // After the version, which is the request's: "HTTP/1.54" is one, too.
            int version = text.indexOf(' ', at);
            String status = text.substring(version + 1, version + 4);
            String headers = text.substring(at, head).toLowerCase(Locale.ROOT);
            int body = head + 4;
            int end = headers.contains("transfer-encoding: chunked") ? chunksEnd(text, body) : body + length(headers);
            findings.count("HTTP " + status);
            if (status.startsWith("5")) {
                String why = text.substring(body, Math.min(Math.min(end, text.length()), body + 300));
                // "500" is what Consul says to much that is the client's fault, 503 that a service is critical, 501
                // with nothing
                // that there is no such method; what must not be is a failure of ours.
                boolean known =
                        switch (status) {
                            case "500" -> !why.isBlank() && !why.startsWith("internal error");
                            case "501" -> true;
                            case "503" -> why.contains("AggregatedStatus");
                            default -> false;
                        };
                if (!known) {
                    findings.defect("HTTP: " + status + " " + why + "; the last of the requests: " + last);
                } else {
                    findings.count("HTTP 500: " + why.split("[:'\"0-9]", 2)[0].strip());
                }
            }
            at = end;
        }
    }

    private static int length(String headers) {
        int at = headers.indexOf("content-length: ");
        if (at < 0) {
            return 0;
        }
        int end = headers.indexOf('\r', at);
        return Integer.parseInt(
                headers.substring(at + 16, end < 0 ? headers.length() : end).strip());
    }

    private static int chunksEnd(String text, int from) {
        int at = from;
        while (true) {
            int line = text.indexOf("\r\n", at);
            if (line < 0) {
                return text.length();
            }
            int size = Integer.parseInt(text.substring(at, line), 16);
            at = line + 2 + size + 2;
            if (size == 0) {
                return at;
            }
        }
    }

    /** One request's bytes; waits: it may be answered late. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Request(String line, byte[] bytes, boolean waits) {}

    private Request request(boolean close) {
        Shape shape = SHAPES.get(random.nextInt(SHAPES.size()));
        String method = random.nextInt(10) == 0 ? METHODS[random.nextInt(METHODS.length)] : shape.method();
        StringBuilder line = new StringBuilder(method).append(' ').append(shape.path());
        if (shape.path().endsWith("/")) {
            line.append(encoded(NAMES[random.nextInt(NAMES.length)], true));
        }
        boolean waits = shape.path().endsWith("/monitor");
        for (int left = random.nextInt(4), i = 0; i < left; i++) {
            String option = OPTIONS[random.nextInt(OPTIONS.length)];
            waits |= option.equals("index") || option.equals("hash") || option.equals("wait");
            line.append(i == 0 ? '?' : '&').append(option);
            if (random.nextInt(4) > 0) {
                line.append('=').append(encoded(VALUES[random.nextInt(VALUES.length)], false));
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ascii(out, line + " HTTP/1.1\r\nHost: localhost\r\n");
        for (int left = random.nextInt(3); left > 0; left--) {
            String value = VALUES[random.nextInt(VALUES.length)];
            ascii(out, HEADERS[random.nextInt(HEADERS.length)] + ": " + value.replaceAll("[^ -~]", "?") + "\r\n");
        }
        if (close) {
            ascii(out, "Connection: close\r\n");
        }
        byte[] body = shape.body().getBytes(StandardCharsets.ISO_8859_1);
        if (body.length > 0 && random.nextInt(4) > 0) {
            body = FuzzMutation.of(random, body);
        } else if (body.length == 0 && random.nextInt(8) == 0) {
            body = FuzzMutation.randomBytes(random, 200);
        }
        if (random.nextInt(5) == 0) {
            ascii(out, "Transfer-Encoding: chunked\r\n\r\n");
            int middle = random.nextInt(body.length + 1);
            chunk(out, Arrays.copyOf(body, middle));
            chunk(out, Arrays.copyOfRange(body, middle, body.length));
            ascii(out, "0\r\n\r\n");
        } else {
            ascii(out, "Content-Length: " + body.length + "\r\n\r\n");
            out.writeBytes(body);
        }
        String shown = line + " " + new String(body, 0, Math.min(400, body.length), StandardCharsets.ISO_8859_1);
        return new Request(shown, out.toByteArray(), waits);
    }

    private static void chunk(ByteArrayOutputStream out, byte[] piece) {
        if (piece.length > 0) {
            ascii(out, Integer.toHexString(piece.length) + "\r\n");
            out.writeBytes(piece);
            ascii(out, "\r\n");
        }
    }

    private static void ascii(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Percent-encoded, and now and then damaged first: broken UTF-8, or an escape that is none. */
    private String encoded(String text, boolean path) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (random.nextInt(6) == 0) {
            bytes = FuzzMutation.of(random, bytes);
        }
        StringBuilder encoded = new StringBuilder();
        for (int i = 0; i < Math.min(bytes.length, 1000); i++) {
            char c = (char) (bytes[i] & 0xFF);
            if ((c < 0x80 && Character.isLetterOrDigit(c)) || c == '-' || c == '.' || (path && c == '/')) {
                encoded.append(c);
            } else {
                encoded.append(String.format("%%%02X", (int) c));
            }
        }
        return random.nextInt(20) == 0 ? encoded.append("%Z").toString() : encoded.toString();
    }
}
