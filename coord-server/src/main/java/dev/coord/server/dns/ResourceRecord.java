package dev.coord.server.dns;

import io.netty.handler.codec.dns.DnsRecordType;

/** A record of class IN. Names have their final dot. Not changed once it is made. */
final class ResourceRecord {

    private final String name;
    private final DnsRecordType type;
    private final int ttlSeconds;
    private final byte[] data;
    private final String target;

    /**
     * @param data as on the wire, names in it in full; not copied
     * @param target the name that the data ends with; empty: none
     */
    ResourceRecord(String name, DnsRecordType type, int ttlSeconds, byte[] data, String target) {
        this.name = name;
        this.type = type;
        this.ttlSeconds = ttlSeconds;
        this.data = data;
        this.target = target;
    }

    String name() {
        return name;
    }

    DnsRecordType type() {
        return type;
    }

    int ttlSeconds() {
        return ttlSeconds;
    }

    byte[] data() {
        return data;
    }

    String target() {
        return target;
    }
}
