package dev.coord.server;

import dev.coord.server.dns.DnsOptions;
import dev.coord.server.dns.DnsOptions.Recursion;
import dev.coord.server.http.GoDuration;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Makes {@link DnsOptions} of the keys {@code domain}, {@code alt_domain} and {@code dns_config}. */
final class DnsConfig {

    private static final Pattern DOMAIN = Pattern.compile("[a-z0-9_-]+(\\.[a-z0-9_-]+)*");
    private static final int ANSWERS_MAX = 1_000;
    private static final int RECURSORS_MAX = 16;
    private static final int DNS_PORT = 53;
    private static final Duration RECURSOR_TIMEOUT_MAX = Duration.ofSeconds(30);

    private final List<ConfigSource> sources;

    DnsConfig(List<ConfigSource> sources) {
        this.sources = sources;
    }

    DnsOptions read() {
        DnsOptions defaults = DnsOptions.DEFAULT;
        return new DnsOptions(
                domain("domain", defaults.domain()),
                domain("alt_domain", ""),
                seconds("dns_config.node_ttl", last("dns_config.node_ttl", Duration.ZERO)),
                serviceTtls(),
                last("dns_config.only_passing", defaults.onlyPassing()),
                last("dns_config.enable_truncate", defaults.truncateFlag()),
                number("dns_config.udp_answer_limit", defaults.udpAnswersMax(), 1),
                number("dns_config.a_record_limit", defaults.addressRecordsMax(), 0),
                last("dns_config.enable_additional_node_meta_txt", defaults.nodeMetaInAdditional()),
                recursion(),
                soa(defaults.soa()));
    }

    /** As for servers to join, all sources add up. */
    private Recursion recursion() {
        List<InetSocketAddress> servers = sources.stream()
                .flatMap(source ->
                        source.values().get("recursors") instanceof List<?> list ? list.stream() : Stream.of())
                .map(text -> recursor(String.valueOf(text).trim()))
                .distinct()
                .toList();
        if (servers.size() > RECURSORS_MAX) {
            throw bad("recursors", servers.size() + " are given, and at most " + RECURSORS_MAX + " are asked");
        }
        Duration timeout = last("dns_config.recursor_timeout", Recursion.TIMEOUT_DEFAULT);
        if (timeout.toMillis() <= 0 || timeout.compareTo(RECURSOR_TIMEOUT_MAX) > 0) {
            throw bad("dns_config.recursor_timeout", timeout + " is not within 1ms and " + RECURSOR_TIMEOUT_MAX);
        }
        return new Recursion(servers, timeout);
    }

    /** An address, with or without a port; no name, for who would look it up? */
    private static InetSocketAddress recursor(String text) {
        int colon = text.lastIndexOf(':');
        boolean bare = NetUtil.isValidIpV4Address(text) || NetUtil.isValidIpV6Address(text);
        String host = bare || colon < 0 ? text : text.substring(0, colon);
        String port = bare || colon < 0 ? "" : text.substring(colon + 1);
        byte[] address = NetUtil.createByteArrayFromIpAddressString(host);
        try {
            int number = port.isEmpty() ? DNS_PORT : Integer.parseInt(port);
            if (address != null && number > 0 && number <= 65_535) {
                return new InetSocketAddress(InetAddress.getByAddress(address), number);
            }
        } catch (NumberFormatException | UnknownHostException e) {
            // Said below.
        }
        throw bad("recursors", "\"" + text + "\" is no IP address with or without a port, such as 10.0.0.2:53");
    }

    private String domain(String key, String absent) {
        String given = last(key, absent).toLowerCase(Locale.ROOT);
        String domain = given.endsWith(".") ? given.substring(0, given.length() - 1) : given;
        if (!domain.equals(absent) && !DOMAIN.matcher(domain).matches()) {
            throw bad(key, "\"" + given + "\" is no domain name");
        }
        return domain;
    }

    private Map<String, Integer> serviceTtls() {
        Map<String, Integer> ttls = new LinkedHashMap<>();
        Map<?, ?> given = last("dns_config.service_ttl", Map.of());
        given.forEach((service, text) -> {
            OptionalLong nanos = GoDuration.parseNanos(String.valueOf(text));
            if (nanos.isEmpty()) {
                throw bad("dns_config.service_ttl", "\"" + text + "\" is no duration such as \"10s\"");
            }
            ttls.put(
                    String.valueOf(service).toLowerCase(Locale.ROOT),
                    seconds("dns_config.service_ttl", Duration.ofNanos(nanos.getAsLong())));
        });
        return ttls;
    }

    private DnsOptions.Soa soa(DnsOptions.Soa defaults) {
        Map<String, Object> given = Map.of();
        for (Object item : last("dns_config.soa", List.of())) {
            given = new LinkedHashMap<>();
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) item).entrySet()) {
                given.put(String.valueOf(entry.getKey()), entry.getValue());
            }
        }
        return new DnsOptions.Soa(
                soaNumber(given, "refresh", defaults.refresh()),
                soaNumber(given, "retry", defaults.retry()),
                soaNumber(given, "expire", defaults.expire()),
                soaNumber(given, "min_ttl", defaults.minTtl()));
    }

    private int soaNumber(Map<String, Object> given, String name, int absent) {
        Object value = given.get(name);
        if (value == null) {
            return absent;
        }
        if (value instanceof Number number && number.longValue() >= 0 && number.longValue() <= Integer.MAX_VALUE) {
            return number.intValue();
        }
        throw bad("dns_config.soa", name + " must be a whole number of seconds, not " + value);
    }

    private int seconds(String key, Duration given) {
        if (given.isNegative() || given.toSeconds() > Integer.MAX_VALUE) {
            throw bad(key, given + " is no time to live");
        }
        return (int) given.toSeconds();
    }

    private int number(String key, int absent, int min) {
        long value = last(key, (long) absent);
        if (value < min || value > ANSWERS_MAX) {
            throw bad(key, value + " is not within " + min + " and " + ANSWERS_MAX);
        }
        return (int) value;
    }

    /** The last value given; types were checked when the source was read. */
    @SuppressWarnings("unchecked")
    private <T> T last(String key, T absent) {
        T last = absent;
        for (ConfigSource source : sources) {
            Object value = source.values().get(key);
            last = value == null ? last : (T) value;
        }
        return last;
    }

    private static StartupException bad(String key, String why) {
        return new StartupException(ExitCode.CONFIG, "key \"" + key + "\": " + why);
    }
}
