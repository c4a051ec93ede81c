package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Why no server answered is a sentence that says what to do, and names no class. */
class TransportFailureTest {

    @TempDir
    private Path directory;

    private static CommandRun asked(String address) {
        CommandRun run = CommandRun.of("", "kv", "get", "-http-addr=" + address, "a");
        assertThat(run.status()).as(run.err()).isEqualTo(7);
        assertThat(run.err()).doesNotContain("Exception", "java.", "io.").contains("no answer from " + address + ": ");
        return run;
    }

    private static CommandRun askedOneWho(String says, String scheme) throws IOException {
        try (ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread answering = new Thread(() -> {
                while (!listening.isClosed()) {
                    try (Socket accepted = listening.accept()) {
                        int first = accepted.getInputStream().read();
                        if (first >= 0) {
                            accepted.getOutputStream().write(says.getBytes(StandardCharsets.US_ASCII));
                            accepted.shutdownOutput();
                        }
                    } catch (IOException e) {
                        // The test is over, or the client has gone.
                    }
                }
            });
            answering.setDaemon(true);
            answering.start();
            return asked(scheme + "127.0.0.1:" + listening.getLocalPort());
        }
    }

    @Test
    void eachIsASentenceThatSaysWhatToDo() throws Exception {
        assertThat(askedOneWho("", "").err()).contains("it closed the connection without an answer", "see --http-addr");
        assertThat(askedOneWho("HTTP/1.1 400 Bad Request\r\n\r\n", "https://").err())
                .contains("it does not speak TLS", "leave out https://");
        assertThat(asked("unix://" + directory.resolve("none.sock")).err()).contains("there is no such socket");
        assertThat(TransportFailure.reason(new UnknownHostException("nowhere.invalid")))
                .startsWith("nobody knows a host of this name");
        assertThat(asked("127.0.0.1:1").err()).contains("connection refused");
    }
}
