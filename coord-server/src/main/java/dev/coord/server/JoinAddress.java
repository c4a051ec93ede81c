package dev.coord.server;

import java.util.List;

/** What people write as the address of a server to join. */
final class JoinAddress {

    private JoinAddress() {}

    /** The addresses, host:port, to try for what was written: without a port, everybody's default. */
    static List<String> candidates(String written) {
        String address = written.trim();
        int colon = address.lastIndexOf(':');
        boolean bareIpv6 = colon != address.indexOf(':') && !address.startsWith("[");
        boolean bracketed = address.endsWith("]");
        if (colon < 0 || bareIpv6 || bracketed) {
            String host = bareIpv6 ? "[" + address + "]" : address;
            return List.of(host + ":" + ServerConfig.RAFT_PORT_DEFAULT);
        }
        // Where Consul gossips, which a file written for it may say.
        return address.endsWith(":" + ServerConfig.GOSSIP_PORT_DEFAULT)
                ? List.of(address, address.substring(0, colon) + ":" + ServerConfig.RAFT_PORT_DEFAULT)
                : List.of(address);
    }
}
