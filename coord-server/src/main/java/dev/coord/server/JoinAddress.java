package dev.coord.server;

import java.util.List;

/** What people write as the address of a server to join. */
final class JoinAddress {

    private JoinAddress() {}

    /**
     * As {@link #candidates}, and where it names no port also the one that an agent is met on: one that was asked to may meet
     * agents, too.
     */
    static List<String> ofAnyMember(String written) {
        List<String> candidates = candidates(written);
        String only = candidates.get(0);
        boolean noPort = candidates.size() == 1 && !written.trim().equals(only);
        return noPort
                ? List.of(only, only.substring(0, only.lastIndexOf(':') + 1) + ServerConfig.GOSSIP_PORT_DEFAULT)
                : candidates;
    }

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
