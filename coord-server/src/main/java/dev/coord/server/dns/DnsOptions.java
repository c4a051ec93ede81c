package dev.coord.server.dns;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * How DNS answers. Times in seconds.
 *
 * @param domain what all names end in, without dots at its ends; lower case
 * @param altDomain a second such domain; empty: none
 * @param nodeTtlSeconds of records of nodes
 * @param serviceTtlSeconds of records of services, by service name; a name that ends in {@code *} stands for all that
 *     begin so, the longest wins
 * @param onlyPassing leave out instances with warnings, too
 * @param truncateFlag set TC where an answer was cut
 * @param udpAnswersMax records of an answer over UDP to a client that does not speak EDNS
 * @param addressRecordsMax A or AAAA records of an answer; 0: no bound but the message's size
 * @param nodeMetaInAdditional add a node's metadata as TXT records to answers about it
 * @param recursion who is asked for names below other domains
 * @param soa what zone transfers would use
 */
public record DnsOptions(
        String domain,
        String altDomain,
        int nodeTtlSeconds,
        Map<String, Integer> serviceTtlSeconds,
        boolean onlyPassing,
        boolean truncateFlag,
        int udpAnswersMax,
        int addressRecordsMax,
        boolean nodeMetaInAdditional,
        Recursion recursion,
        Soa soa) {

    /** What Consul does unless told otherwise. */
    public static final DnsOptions DEFAULT = new DnsOptions(
            "consul", "", 0, Map.of(), false, false, 3, 0, true, Recursion.NONE, new Soa(3_600, 600, 86_400, 0));

    public DnsOptions {
        serviceTtlSeconds = Map.copyOf(serviceTtlSeconds);
    }

    /**
     * Other DNS servers.
     *
     * @param servers asked in this order; none: such names are refused
     * @param timeout for each
     */
    public record Recursion(List<InetSocketAddress> servers, Duration timeout) {

        /** What Consul waits for each. */
        public static final Duration TIMEOUT_DEFAULT = Duration.ofSeconds(2);

        public static final Recursion NONE = new Recursion(List.of(), TIMEOUT_DEFAULT);

        public Recursion {
            servers = List.copyOf(servers);
        }

        boolean isOffered() {
            return !servers.isEmpty();
        }
    }

    /** Times of the SOA record, seconds; {@code minTtl} is for how long a "no such name" may be kept. */
    public record Soa(int refresh, int retry, int expire, int minTtl) {}

    /** The TTL of a service's records: its own, else the longest matching prefix's, else 0. */
    int ttlSecondsOf(String service) {
        Integer own = serviceTtlSeconds.get(service);
        if (own != null) {
            return own;
        }
        int ttl = 0;
        int longest = -1;
        for (Map.Entry<String, Integer> entry : serviceTtlSeconds.entrySet()) {
            String pattern = entry.getKey();
            int prefix = pattern.length() - 1;
            if (pattern.endsWith("*") && prefix > longest && service.startsWith(pattern.substring(0, prefix))) {
                longest = prefix;
                ttl = entry.getValue();
            }
        }
        return ttl;
    }
}
