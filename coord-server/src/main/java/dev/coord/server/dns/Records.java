package dev.coord.server.dns;

import io.netty.handler.codec.dns.DnsRecordType;
import java.io.ByteArrayOutputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Makes records. Names are given and written in full, with their final dot. */
final class Records {

    private static final int LABEL_BYTES_MAX = 63;
    private static final int NAME_BYTES_MAX = 255;
    private static final int TEXT_BYTES_MAX = 255;

    private Records() {}

    static ResourceRecord address(String name, InetAddress address, int ttlSeconds) {
        DnsRecordType type = address instanceof Inet4Address ? DnsRecordType.A : DnsRecordType.AAAA;
        return new ResourceRecord(name, type, ttlSeconds, address.getAddress(), "");
    }

    static ResourceRecord alias(String name, String target, int ttlSeconds) {
        return new ResourceRecord(name, DnsRecordType.CNAME, ttlSeconds, encoded(target), target);
    }

    static ResourceRecord pointer(String name, String target) {
        return new ResourceRecord(name, DnsRecordType.PTR, 0, encoded(target), target);
    }

    static ResourceRecord nameServer(String domain, String server, int ttlSeconds) {
        return new ResourceRecord(domain, DnsRecordType.NS, ttlSeconds, encoded(server), server);
    }

    static ResourceRecord service(String name, int weight, int port, String target, int ttlSeconds) {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        short16(data, 1);
        short16(data, weight);
        short16(data, port);
        data.writeBytes(encoded(target));
        return new ResourceRecord(name, DnsRecordType.SRV, ttlSeconds, data.toByteArray(), target);
    }

    /** @param serial rises with each change; seconds since 1970 do */
    static ResourceRecord authority(String domain, DnsOptions.Soa soa, long serial, int ttlSeconds) {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        data.writeBytes(encoded("ns." + domain));
        data.writeBytes(encoded("hostmaster." + domain));
        for (long number : new long[] {serial, soa.refresh(), soa.retry(), soa.expire(), soa.minTtl()}) {
            short16(data, (int) (number >>> 16));
            short16(data, (int) number);
        }
        return new ResourceRecord(domain, DnsRecordType.SOA, ttlSeconds, data.toByteArray(), "");
    }

    /** A record for each pair: {@code key=value} as RFC 1464 writes it, or the value alone where the key says so. */
    static void metadata(String name, Map<String, String> meta, int ttlSeconds, Consumer<ResourceRecord> to) {
        new TreeMap<>(meta).forEach((key, value) -> {
            String text = key.startsWith("rfc1035-") ? value : escaped(key) + "=" + value;
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            ByteArrayOutputStream data = new ByteArrayOutputStream();
            for (int at = 0; at == 0 || at < bytes.length; at += TEXT_BYTES_MAX) {
                int length = Math.min(TEXT_BYTES_MAX, bytes.length - at);
                data.write(length);
                data.write(bytes, at, length);
            }
            to.accept(new ResourceRecord(name, DnsRecordType.TXT, ttlSeconds, data.toByteArray(), ""));
        });
    }

    private static String escaped(String key) {
        return key.replace("`", "``").replace("=", "`=").replace(" ", "` ").replace("\t", "`\t");
    }

    /** {@code 7f000001.addr.dc1.consul.}, a name for an address. */
    static String nameOf(InetAddress address, String datacenter, String domain) {
        return HexFormat.of().formatHex(address.getAddress()) + ".addr." + datacenter + "." + domain;
    }

    private static void short16(ByteArrayOutputStream data, int value) {
        data.write(value >>> 8);
        data.write(value);
    }

    /** False for a name with an empty or too long label, which no message can hold. */
    static boolean isEncodable(String name) {
        if (name.length() >= NAME_BYTES_MAX) {
            return false;
        }
        for (String label : name.split("\\.")) {
            int bytes = label.getBytes(StandardCharsets.UTF_8).length;
            if (bytes == 0 || bytes > LABEL_BYTES_MAX) {
                return false;
            }
        }
        return true;
    }

    static byte[] encoded(String name) {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        for (String label : name.split("\\.")) {
            byte[] bytes = label.getBytes(StandardCharsets.UTF_8);
            data.write(bytes.length);
            data.writeBytes(bytes);
        }
        data.write(0);
        return data.toByteArray();
    }
}
