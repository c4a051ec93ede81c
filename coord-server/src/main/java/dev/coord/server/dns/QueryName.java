package dev.coord.server.dns;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a name asks for. Names count without regard to case. */
sealed interface QueryName {

    /** The domain itself. */
    record Apex() implements QueryName {}

    /** {@code NAME.node[.DC]}; the name may hold dots. */
    record Node(String name, @Nullable String datacenter) implements QueryName {}

    /** {@code [TAG.]NAME.service[.DC]} or {@code _NAME._TAG[.service[.DC]]}. */
    record Service(
            String name, @Nullable String tag, @Nullable String datacenter) implements QueryName {}

    /** {@code NAME.query[.DC]}. */
    record Prepared(String name, @Nullable String datacenter) implements QueryName {}

    /** {@code HEXIP.addr[.DC]}: the address that the name spells out. */
    record Address(InetAddress address) implements QueryName {}

    /** An address, backwards, below {@code in-addr.arpa} or {@code ip6.arpa}. */
    record Reverse(InetAddress address) implements QueryName {}

    /** Below our domain, but nothing that can exist. */
    record Nothing() implements QueryName {}

    /** Somebody else's name. */
    record Foreign() implements QueryName {}

    /** Reads a name with or without its final dot. */
    static QueryName of(String text, DnsOptions options) {
        String name = text.toLowerCase(Locale.ROOT);
        name = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        if (name.endsWith(".in-addr.arpa")) {
            return reverse(ipv4(labels(name.substring(0, name.length() - ".in-addr.arpa".length()))));
        }
        if (name.endsWith(".ip6.arpa")) {
            return reverse(ipv6(labels(name.substring(0, name.length() - ".ip6.arpa".length()))));
        }
        for (String domain : List.of(options.domain(), options.altDomain())) {
            if (domain.isEmpty()) {
                continue;
            }
            if (name.equals(domain)) {
                return new Apex();
            }
            if (name.endsWith("." + domain)) {
                return below(labels(name.substring(0, name.length() - domain.length() - 1)));
            }
        }
        return new Foreign();
    }

    private static List<String> labels(String name) {
        return List.of(name.split("\\.", -1));
    }

    private static QueryName below(List<String> labels) {
        int last = labels.size() - 1;
        // A datacenter, if there is one, is what follows the kind.
        QueryName plain = ofKind(labels, last, null);
        if (plain != null) {
            return plain;
        }
        QueryName withDatacenter = last == 0 ? null : ofKind(labels, last - 1, labels.get(last));
        if (withDatacenter != null) {
            return withDatacenter;
        }
        return labels.size() == 2 && isRfc2782(labels) ? rfc2782(labels, null) : new Nothing();
    }

    private static @Nullable QueryName ofKind(List<String> labels, int at, @Nullable String datacenter) {
        List<String> before = labels.subList(0, at);
        return switch (labels.get(at)) {
            case "node" -> before.isEmpty() ? new Nothing() : new Node(String.join(".", before), datacenter);
            case "service" -> service(before, datacenter);
            case "query" -> before.isEmpty() ? new Nothing() : new Prepared(String.join(".", before), datacenter);
            case "addr" -> before.size() == 1 ? address(before.get(0)) : new Nothing();
            default -> null;
        };
    }

    private static QueryName service(List<String> before, @Nullable String datacenter) {
        if (before.isEmpty()) {
            return new Nothing();
        }
        if (isRfc2782(before)) {
            return rfc2782(before, datacenter);
        }
        String name = before.get(before.size() - 1);
        List<String> tags = before.subList(0, before.size() - 1);
        return new Service(name, tags.isEmpty() ? null : String.join(".", tags), datacenter);
    }

    private static boolean isRfc2782(List<String> labels) {
        return labels.size() == 2 && labels.stream().allMatch(label -> label.length() > 1 && label.startsWith("_"));
    }

    private static QueryName rfc2782(List<String> labels, @Nullable String datacenter) {
        String tag = labels.get(1).substring(1);
        // The protocol stands where the tag does; it says nothing.
        return new Service(labels.get(0).substring(1), tag.equals("tcp") ? null : tag, datacenter);
    }

    private static QueryName address(String hex) {
        if (hex.length() != 8 && hex.length() != 32) {
            return new Nothing();
        }
        try {
            return new Address(InetAddress.getByAddress(HexFormat.of().parseHex(hex)));
        } catch (IllegalArgumentException | UnknownHostException e) {
            return new Nothing();
        }
    }

    private static QueryName reverse(byte @Nullable [] address) {
        try {
            return address == null ? new Foreign() : new Reverse(InetAddress.getByAddress(address));
        } catch (UnknownHostException e) {
            return new Foreign();
        }
    }

    private static byte @Nullable [] ipv4(List<String> labels) {
        if (labels.size() != 4) {
            return null;
        }
        byte[] address = new byte[4];
        for (int i = 0; i < 4; i++) {
            String label = labels.get(3 - i);
            if (!label.matches("[0-9]{1,3}") || Integer.parseInt(label) > 255) {
                return null;
            }
            address[i] = (byte) Integer.parseInt(label);
        }
        return address;
    }

    private static byte @Nullable [] ipv6(List<String> labels) {
        if (labels.size() != 32) {
            return null;
        }
        List<String> forward = new ArrayList<>(labels);
        java.util.Collections.reverse(forward);
        try {
            return HexFormat.of().parseHex(String.join("", forward));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
