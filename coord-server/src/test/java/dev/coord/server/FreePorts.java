package dev.coord.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Ports of servers that must know each other before they start. */
final class FreePorts {

    private FreePorts() {}

    /** So many different ones on loopback that nobody listens on, all taken and given back at once. */
    static List<Integer> of(int count) throws IOException {
        List<ServerSocket> taken = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                taken.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return taken.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : taken) {
                socket.close();
            }
        }
    }
}
