package dev.coord.client;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Makes a {@link CoordClient}. Everything has a default. Used by one thread. */
public final class CoordClientBuilder {

    /** Where a server on this machine listens. */
    public static final String DEFAULT_ADDRESS = "127.0.0.1:8502";

    private final List<String> addresses = new ArrayList<>();
    private ChannelCredentials credentials = InsecureChannelCredentials.create();
    private @Nullable String token;
    private Duration deadline = Duration.ofSeconds(10);
    private Duration firstBackoff = Duration.ofMillis(50);
    private Duration longestBackoff = Duration.ofSeconds(5);
    private Duration membersInterval = Duration.ofSeconds(30);
    private Duration silenceMax = Duration.ofSeconds(20);
    private @Nullable String nodeName;
    private @Nullable String nodeAddress;
    private @Nullable Executor executor;
    private RandomGenerator random = new SplittableRandom();

    CoordClientBuilder() {}

    /** Adds a server, as {@code host:port} of its gRPC API. One is enough to find the others; more help to find the first. */
    public CoordClientBuilder address(String hostAndPort) {
        if (!hostAndPort.matches(".+:\\d{1,5}")) {
            throw new IllegalArgumentException(
                    "Address '" + hostAndPort + "' is not host:port; the gRPC port is 8502 by default");
        }
        addresses.add(hostAndPort);
        return this;
    }

    /** Adds servers, see {@link #address}. */
    public CoordClientBuilder addresses(List<String> hostsAndPorts) {
        hostsAndPorts.forEach(this::address);
        return this;
    }

    /**
     * Encrypts, and believes servers whose certificates the PEM file's authorities have signed.
     *
     * @throws IOException when the file can't be read
     */
    public CoordClientBuilder tls(Path authorities) throws IOException {
        credentials = TlsChannelCredentials.newBuilder()
                .trustManager(authorities.toFile())
                .build();
        return this;
    }

    /**
     * As {@link #tls(Path)}, and shows the servers a certificate of this client's.
     *
     * @param privateKey PKCS#8, PEM, not encrypted
     * @throws IOException when a file can't be read
     */
    public CoordClientBuilder tls(Path authorities, Path certificateChain, Path privateKey) throws IOException {
        credentials = TlsChannelCredentials.newBuilder()
                .trustManager(authorities.toFile())
                .keyManager(certificateChain.toFile(), privateKey.toFile())
                .build();
        return this;
    }

    /** Sent with every request, as {@code x-consul-token}. None by default. */
    public CoordClientBuilder token(String value) {
        token = value;
        return this;
    }

    /** How long an operation may take with all of its tries; 10 s by default. */
    public CoordClientBuilder deadline(Duration value) {
        deadline = CoordClient.requirePositive("deadline", value);
        return this;
    }

    /** The pause after all servers have failed: doubled from the first to the longest, jittered; 50 ms to 5 s by default. */
    public CoordClientBuilder backoff(Duration first, Duration longest) {
        firstBackoff = CoordClient.requirePositive("first backoff", first);
        longestBackoff = CoordClient.requirePositive("longest backoff", longest);
        return this;
    }

    /** How often to ask who the servers are while nothing fails; 30 s by default. */
    public CoordClientBuilder membersInterval(Duration value) {
        membersInterval = CoordClient.requirePositive("members interval", value);
        return this;
    }

    /** A watch's stream that is silent for longer is given up; servers send something every 5 s, or as they
     * say, and then four times that counts where it is longer. 20 s by default. */
    public CoordClientBuilder silenceMax(Duration value) {
        silenceMax = CoordClient.requirePositive("longest silence", value);
        return this;
    }

    /** The node that services are registered on; by default this machine's host name. */
    public CoordClientBuilder nodeName(String value) {
        nodeName = value;
        return this;
    }

    /** That node's address, should it be new to the catalog; by default this machine's. */
    public CoordClientBuilder nodeAddress(String value) {
        nodeAddress = value;
        return this;
    }

    /**
     * Where futures complete and listeners run. By default two threads of the client's own. It stays the caller's to close, after
     * the client.
     */
    public CoordClientBuilder executor(Executor value) {
        executor = value;
        return this;
    }

    /** Where jitter comes from; a seeded one makes a test repeatable. The client uses it from one thread at a time. */
    public CoordClientBuilder random(RandomGenerator value) {
        random = value;
        return this;
    }

    /** Makes the client. Needs no server to be there. */
    public CoordClient build() {
        CoordClient client = new CoordClient(new ClientOptions(
                addresses.isEmpty() ? List.of(DEFAULT_ADDRESS) : List.copyOf(addresses),
                credentials,
                token,
                deadline,
                firstBackoff,
                longestBackoff,
                membersInterval,
                silenceMax,
                nodeName == null ? hostName() : nodeName,
                nodeAddress == null ? hostAddress() : nodeAddress,
                executor,
                random));
        client.open();
        return client;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    private static String hostAddress() {
        try {
            return InetAddress.getLocalHost().getHostAddress();
        } catch (UnknownHostException e) {
            return "127.0.0.1";
        }
    }
}
