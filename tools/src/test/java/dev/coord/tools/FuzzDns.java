package dev.coord.tools;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Throws DNS at a server: nearly valid packets, noise, names that point at themselves, counts without the records. */
final class FuzzDns implements AutoCloseable {

    private static final int HEADER_BYTES = 12;
    private static final int SERVFAIL = 2;
    private static final int PATIENCE_MILLIS = 10_000;
    private static final String[] NAMES = {
        "consul.service.consul",
        "fuzz.service.consul",
        "tag.fuzz.service.dc1.consul",
        "_fuzz._tcp.service.consul",
        "test.node.consul",
        "fuzz.query.consul",
        "7f000001.addr.consul",
        "1.0.0.127.in-addr.arpa",
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
        "consul",
        "",
        "example.com"
    };
    private static final int[] TYPES = {1, 2, 5, 6, 12, 16, 28, 33, 41, 251, 252, 255, 0, 65_535};

    private final InetSocketAddress server;
    private final FuzzFindings findings;
    private final SplittableRandom random;
    private final DatagramSocket udp;

    FuzzDns(InetSocketAddress server, FuzzFindings findings, SplittableRandom random) throws IOException {
        this.server = server;
        this.findings = findings;
        this.random = random;
        this.udp = new DatagramSocket();
        udp.connect(server);
    }

    /** One datagram, or one connection with some messages; at times a question that must be answered. */
    void next() throws IOException {
        switch (random.nextInt(16)) {
            case 0 -> mustAnswer();
            case 1, 2, 3 -> overTcp();
            default -> overUdp();
        }
    }

    /** A sound question over UDP and TCP has its answer. */
    void mustAnswer() throws IOException {
        int id = random.nextInt(1 << 16);
        byte[] question = question(id, "consul.service.consul", 1, false);
        if (!answeredOverUdp(question, id)) {
            findings.defect("DNS: no answer over UDP within " + PATIENCE_MILLIS + " ms");
        }
        try (Socket tcp = connect()) {
            var out = new DataOutputStream(tcp.getOutputStream());
            out.write(framed(question, question.length));
            var in = new DataInputStream(tcp.getInputStream());
            byte[] answer = new byte[in.readUnsignedShort()];
            in.readFully(answer);
            seen("TCP", answer, answer.length);
        } catch (SocketTimeoutException e) {
            findings.defect("DNS: no answer over TCP within " + PATIENCE_MILLIS + " ms");
        }
    }

    @Override
    public void close() {
        udp.close();
    }

    private void overUdp() throws IOException {
        byte[] packet = packet();
        udp.send(new DatagramPacket(packet, packet.length));
        findings.count("DNS UDP sent");
        udp.setSoTimeout(1);
        byte[] buffer = new byte[1 << 16];
        try {
            DatagramPacket answer = new DatagramPacket(buffer, buffer.length);
            udp.receive(answer);
            seen("UDP", buffer, answer.getLength());
        } catch (SocketTimeoutException e) {
            // Nonsense may go without an answer, or have it later.
        }
    }

    private boolean answeredOverUdp(byte[] question, int id) throws IOException {
        udp.setSoTimeout(PATIENCE_MILLIS / 4);
        byte[] buffer = new byte[1 << 16];
        // The kernel may drop a datagram, so it is asked again.
        for (int attempt = 0; attempt < 4; attempt++) {
            udp.send(new DatagramPacket(question, question.length));
            findings.count("DNS UDP sent");
            try {
                while (true) {
                    DatagramPacket answer = new DatagramPacket(buffer, buffer.length);
                    udp.receive(answer);
                    seen("UDP", buffer, answer.getLength());
                    if (answer.getLength() >= 2 && (((buffer[0] & 0xFF) << 8) | (buffer[1] & 0xFF)) == id) {
                        return true;
                    }
                }
            } catch (SocketTimeoutException e) {
                // Once more.
            }
        }
        return false;
    }

    /** Messages after each other, some with a length that is not theirs; then no more comes, and the server must close. */
    private void overTcp() throws IOException {
        try (Socket tcp = connect()) {
            for (int left = random.nextInt(1, 6); left > 0; left--) {
                byte[] packet = packet();
                int length = random.nextInt(4) > 0 ? packet.length : random.nextInt(1 << 16);
                tcp.getOutputStream().write(framed(packet, length));
                findings.count("DNS TCP sent");
            }
            tcp.shutdownOutput();
            byte[] rest = tcp.getInputStream().readAllBytes();
            for (int at = 0; at + 2 + HEADER_BYTES <= rest.length; ) {
                int length = ((rest[at] & 0xFF) << 8) | (rest[at + 1] & 0xFF);
                byte[] answer = Arrays.copyOfRange(rest, at + 2, Math.min(rest.length, at + 2 + length));
                seen("TCP", answer, answer.length);
                at += 2 + length;
            }
        } catch (SocketTimeoutException e) {
            findings.defect(
                    "DNS: a TCP connection without more to come was not closed within " + PATIENCE_MILLIS + " ms");
        } catch (IOException e) {
            findings.count("DNS TCP reset");
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.connect(server, PATIENCE_MILLIS);
        socket.setSoTimeout(PATIENCE_MILLIS);
        return socket;
    }

    private void seen(String transport, byte[] answer, int length) {
        if (length < HEADER_BYTES) {
            findings.defect("DNS: an answer of " + length + " bytes");
            return;
        }
        int code = answer[3] & 0xF;
        findings.count("DNS " + transport + " rcode " + code);
        if (code == SERVFAIL) {
            findings.defect("DNS: SERVFAIL for " + Arrays.toString(Arrays.copyOf(answer, Math.min(length, 80))));
        }
    }

    private byte[] packet() throws IOException {
        byte[] valid = question(
                random.nextInt(1 << 16),
                NAMES[random.nextInt(NAMES.length)],
                TYPES[random.nextInt(TYPES.length)],
                random.nextBoolean());
        switch (random.nextInt(8)) {
            case 0 -> {
                return FuzzMutation.randomBytes(random, 600);
            }
            case 1 -> {
                // The name points at itself, or one label ahead of itself.
                byte[] loop = Arrays.copyOf(valid, HEADER_BYTES + 8);
                loop[HEADER_BYTES] = (byte) 0xC0;
                loop[HEADER_BYTES + 1] = (byte) (HEADER_BYTES + random.nextInt(3));
                return loop;
            }
            case 2 -> {
                // More records promised than there are.
                valid[4 + 2 * random.nextInt(4)] = (byte) 0xFF;
                return valid;
            }
            case 3 -> {
                return valid;
            }
            default -> {
                return FuzzMutation.of(random, valid);
            }
        }
    }

    private static byte[] framed(byte[] message, int length) {
        byte[] framed = new byte[message.length + 2];
        framed[0] = (byte) (length >> 8);
        framed[1] = (byte) length;
        System.arraycopy(message, 0, framed, 2, message.length);
        return framed;
    }

    private static byte[] question(int id, String name, int type, boolean edns) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeShort(id);
        out.writeShort(0x0100);
        out.writeShort(1);
        out.writeShort(0);
        out.writeShort(0);
        out.writeShort(edns ? 1 : 0);
        if (!name.isEmpty()) {
            for (String label : name.split("\\.")) {
                out.writeByte(label.length());
                out.write(label.getBytes(StandardCharsets.US_ASCII));
            }
        }
        out.writeByte(0);
        out.writeShort(type);
        out.writeShort(1);
        if (edns) {
            out.writeByte(0);
            out.writeShort(41);
            out.writeShort(4096);
            out.writeInt(0);
            out.writeShort(0);
        }
        return bytes.toByteArray();
    }
}
