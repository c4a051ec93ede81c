package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import com.sun.management.UnixOperatingSystemMXBean;
import dev.coord.api.v1.GetRequest;
import dev.coord.api.v1.KVGrpc;
import dev.coord.api.v1.PutRequest;
import dev.coord.server.CoordServer;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Seeded nonsense for every input of a running server: no failure of its own, no error in its log, no request without an
 * answer, nothing that grows. See docs/reliability.md.
 *
 * <p>{@code -Dcoord.fuzz.seed=N} repeats the inputs; {@code coord.fuzz.seconds} says how long the long run is.
 */
class FuzzTest {

    /** The short run says the same each time: what is new is for the long one to find. */
    private static final long SEED_SHORT = Long.getLong("coord.fuzz.seed", 833_559);

    private static final long SEED_LONG = Long.getLong("coord.fuzz.seed", System.nanoTime() & 0xFFFFFF);
    private static final int SECONDS = Integer.getInteger("coord.fuzz.seconds", 600);
    private static final int QUARTERS = 4;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What a run may take beyond what its first quarter has left behind. */
    private static final long MEGABYTES_MORE_MAX = 64;

    private static final long FILES_MORE_MAX = 64;
    private static final int THREADS_MORE_MAX = 32;

    @TempDir
    private Path directory;

    private final FuzzFindings findings = new FuzzFindings();
    private final HttpClient client = HttpClient.newHttpClient();
    private CoordServer server;
    private ManagedChannel channel;

    /** Something to be thrown at the server, once or again and again. */
    private interface Thrower {
        void next() throws Exception;
    }

    @BeforeEach
    void start() throws Exception {
        server = EmbeddedServer.start(
                directory,
                Map.of("ports", Map.of("http", 0L, "grpc", 0L, "server", 0L, "dns", 0L), "node_name", "test"));
        channel = Grpc.newChannelBuilder(server.grpcAddress(), InsecureChannelCredentials.create())
                .build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.close();
        findings.close();
    }

    @Test
    void nonsense_is_answered_and_the_server_goes_on() throws Exception {
        SplittableRandom random = seeded(SEED_SHORT);
        FuzzHttp http = new FuzzHttp(address(server.httpAddress()), findings, random.split());
        FuzzGrpc grpc = new FuzzGrpc(channel, findings, random.split());
        try (FuzzDns dns = new FuzzDns(address(server.dnsAddress()), findings, random.split())) {
            for (int i = 0; i < 120; i++) {
                http.next();
                dns.next();
                dns.next();
                grpc.next();
                grpc.next();
            }
        }

        finish();
    }

    @Test
    void an_upload_that_its_client_breaks_off_is_no_error_of_the_server() throws Exception {
        InetSocketAddress http = address(server.httpAddress());
        try (Socket socket = new Socket(http.getAddress(), http.getPort())) {
            socket.getOutputStream()
                    .write("PUT /v1/snapshot HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\nthe first of it"
                            .getBytes(StandardCharsets.US_ASCII));
            awaitConnections(2);
        }
        awaitConnections(1);

        assertThat(send("PUT", "/v1/kv/alive", "yes").body()).isEqualTo("true");
        assertThat(findings.defects()).isEmpty();
    }

    @Test
    void an_upload_with_malformed_chunks_is_no_error_of_the_server() throws Exception {
        InetSocketAddress http = address(server.httpAddress());
        try (Socket socket = new Socket(http.getAddress(), http.getPort())) {
            socket.getOutputStream()
                    .write(
                            "PUT /v1/snapshot HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nmore than it says"
                                    .getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().readAllBytes();
        }

        assertThat(send("PUT", "/v1/kv/alive", "yes").body()).isEqualTo("true");
        assertThat(findings.defects()).isEmpty();
    }

    @Tag("slow")
    @Test
    void minutes_of_nonsense_leave_nothing_behind() throws Exception {
        SplittableRandom random = seeded(SEED_LONG);
        List<Footprint> footprints = new ArrayList<>();
        try (FuzzDns dns = new FuzzDns(address(server.dnsAddress()), findings, random.split())) {
            List<Thrower> throwers = List.of(
                    new FuzzHttp(address(server.httpAddress()), findings, random.split())::next,
                    new FuzzHttp(address(server.httpAddress()), findings, random.split())::next,
                    dns::next,
                    new FuzzGrpc(channel, findings, random.split())::next);
            for (int quarter = 0; quarter < QUARTERS; quarter++) {
                throwFor(Duration.ofSeconds(SECONDS).dividedBy(QUARTERS), throwers);
                tidy();
                footprints.add(Footprint.now());
                System.out.println("FuzzTest: " + footprints.get(quarter) + " " + findings);
            }
        }

        finish();
        Footprint first = footprints.get(0);
        Footprint last = footprints.get(QUARTERS - 1);
        assertThat(last.heap()).as("MB of heap").isLessThan(first.heap() + MEGABYTES_MORE_MAX);
        assertThat(last.direct()).as("MB of direct memory").isLessThan(first.direct() + MEGABYTES_MORE_MAX);
        assertThat(last.threads()).as("threads").isLessThan(first.threads() + THREADS_MORE_MAX);
        assertThat(last.files()).as("open files").isLessThan(first.files() + FILES_MORE_MAX);
    }

    private static void throwFor(Duration length, List<Thrower> throwers) throws Exception {
        long end = System.nanoTime() + length.toNanos();
        ExecutorService threads = Executors.newFixedThreadPool(throwers.size());
        try {
            List<Future<?>> running = new ArrayList<>();
            for (Thrower thrower : throwers) {
                running.add(threads.submit(() -> {
                    while (System.nanoTime() < end) {
                        thrower.next();
                    }
                    return null;
                }));
            }
            for (Future<?> each : running) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** With the one by which it asks. */
    private void awaitConnections(int number) {
        await().until(() -> send("GET", "/v1/agent/metrics?format=prometheus", "")
                .body()
                .contains("coord_http_connections " + number + ".0"));
    }

    private static SplittableRandom seeded(long seed) {
        System.out.println("FuzzTest: -Dcoord.fuzz.seed=" + seed);
        return new SplittableRandom(seed);
    }

    /** It still reads, writes and answers by every protocol, and nothing that should not be has been seen. */
    private void finish() throws Exception {
        System.out.println("FuzzTest: " + findings);
        assertThat(send("PUT", "/v1/kv/alive", "yes").body()).isEqualTo("true");
        assertThat(send("GET", "/v1/kv/alive?raw", "").body()).isEqualTo("yes");
        KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(channel);
        assertThat(kv.put(PutRequest.newBuilder()
                                .setKey("alive")
                                .setValue(ByteString.copyFromUtf8("too"))
                                .build())
                        .getApplied())
                .isTrue();
        assertThat(kv.get(GetRequest.newBuilder().setKey("alive").build())
                        .getKv()
                        .getValue()
                        .toStringUtf8())
                .isEqualTo("too");
        try (FuzzDns dns = new FuzzDns(address(server.dnsAddress()), findings, new SplittableRandom(1))) {
            dns.mustAnswer();
        }
        assertThat(findings.total("HTTP 200")).isPositive();
        assertThat(findings.total("HTTP 4")).isPositive();
        assertThat(findings.total("DNS UDP rcode")).isPositive();
        assertThat(findings.total("DNS TCP rcode")).isPositive();
        assertThat(findings.total("gRPC OK")).isPositive();
        assertThat(findings.defects()).isEmpty();
    }

    /** Takes back what valid requests have written, so that it does not count as growth. */
    private void tidy() throws Exception {
        send("DELETE", "/v1/kv/?recurse", "");
        for (String id : names("/v1/agent/services", "ID")) {
            send("PUT", "/v1/agent/service/deregister/" + encoded(id), "");
        }
        for (String id : names("/v1/session/list", "ID")) {
            send("PUT", "/v1/session/destroy/" + id, "");
        }
        for (String id : names("/v1/query", "ID")) {
            send("DELETE", "/v1/query/" + id, "");
        }
        for (String node : names("/v1/catalog/nodes", "Node")) {
            if (!node.equals("test")) {
                send("PUT", "/v1/catalog/deregister", JSON.writeValueAsString(Map.of("Node", node)));
            }
        }
    }

    private List<String> names(String path, String field) throws Exception {
        JsonNode answer = JSON.readTree(send("GET", path, "").body());
        return answer.findValuesAsText(field);
    }

    private HttpResponse<String> send(String method, String path, String body) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://" + server.httpAddress() + path))
                        .timeout(Duration.ofSeconds(30))
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }

    /** What the process holds after a collection; memory in MB. */
    private record Footprint(long heap, long direct, int threads, long files) {

        static Footprint now() {
            System.gc();
            System.gc();
            long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
            long direct = io.netty.util.internal.PlatformDependent.usedDirectMemory();
            for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
                direct += pool.getName().equals("direct") ? pool.getMemoryUsed() : 0;
            }
            long files = ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                    .getOpenFileDescriptorCount();
            return new Footprint(
                    heap >> 20,
                    direct >> 20,
                    ManagementFactory.getThreadMXBean().getThreadCount(),
                    files);
        }
    }
}
