package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which token the command line shows, as Consul 1.8.7's does. */
class TokenFileTest {

    @TempDir
    private Path directory;

    private final List<String> shown = new CopyOnWriteArrayList<>();
    private HttpServer server;

    @BeforeEach
    void listen() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            shown.add(String.valueOf(exchange.getRequestHeaders().getFirst("X-Consul-Token")));
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void close() {
        server.stop(0);
    }

    @Test
    void what_the_file_holds_comes_before_the_token_that_is_given() throws IOException {
        get("-token", "given", "-token-file", file("held\n"));

        assertThat(shown).containsExactly("held");
    }

    @Test
    void a_file_that_holds_nothing_is_as_none() throws IOException {
        get("-token", "given", "-token-file", file(" \n"));

        assertThat(shown).containsExactly("given");
    }

    @Test
    void a_file_that_is_not_there_is_named_and_nothing_is_asked() {
        CommandRun run = get("-token-file", directory.resolve("none").toString());

        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains(directory.resolve("none").toString());
        assertThat(shown).isEmpty();
    }

    private String file(String content) throws IOException {
        return Files.writeString(directory.resolve("token"), content).toString();
    }

    private CommandRun get(String... options) {
        String[] words = new String[options.length + 4];
        words[0] = "kv";
        words[1] = "get";
        words[2] = "-http-addr=127.0.0.1:" + server.getAddress().getPort();
        System.arraycopy(options, 0, words, 3, options.length);
        words[words.length - 1] = "key";
        return CommandRun.of("", words);
    }
}
