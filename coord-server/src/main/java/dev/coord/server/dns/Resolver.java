package dev.coord.server.dns;

import dev.coord.server.acl.AccessControl;
import dev.coord.server.acl.AccessException;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.acl.VisibleCatalog;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.query.PreparedQueries;
import dev.coord.server.query.QueryException;
import dev.coord.server.state.Change.ServiceInstance;
import dev.coord.server.state.State;
import dev.coord.server.state.StateReader;
import io.netty.handler.codec.dns.DnsOpCode;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.util.NetUtil;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a question asks for in the newest state of this server. Instances come in random order, so that clients which
 * take the first are spread. Used by the DNS thread alone.
 */
final class Resolver {

    private static final int ZONE_TRANSFER = DnsRecordType.AXFR.intValue();

    private final StateReader states;
    private final AccessControl access;
    private final String datacenter;
    private final String agent;
    private final DnsOptions options;
    private final InstantSource clock;
    private final Random random;
    private final String domain;

    Resolver(
            StateReader states,
            AccessControl access,
            String datacenter,
            String agent,
            DnsOptions options,
            InstantSource clock,
            Random random) {
        this.states = states;
        this.access = access;
        this.datacenter = datacenter;
        this.agent = agent;
        this.options = options;
        this.clock = clock;
        this.random = random;
        this.domain = options.domain() + ".";
    }

    /** @param secret of the token whose bearer is told; empty: a question carries none, so the default or the anonymous one's */
    Answer resolve(Request request, String secret) {
        Answer answer = new Answer();
        answer.recursionAvailable = options.recursion().isOffered();
        DnsQuestion question = request.question();
        if (request.opcode() != DnsOpCode.QUERY.byteValue()) {
            answer.code = DnsResponseCode.NOTIMP;
        } else if (question == null) {
            answer.code = DnsResponseCode.FORMERR;
        } else {
            resolve(question, secret, answer);
        }
        return answer;
    }

    private void resolve(DnsQuestion question, String secret, Answer answer) {
        State state = states.latest();
        Authorizer may;
        try {
            may = access.authorizer(state, secret);
        } catch (AccessException unknown) {
            answer.code = DnsResponseCode.REFUSED;
            return;
        }
        VisibleCatalog catalog = new VisibleCatalog(state, may);
        QueryName asked = QueryName.of(question.name(), options);
        DnsRecordType type = question.type();
        if (asked instanceof QueryName.Foreign) {
            answer.code = DnsResponseCode.REFUSED;
            answer.authoritative = false;
            answer.elsewhere = true;
        } else if (type.intValue() == ZONE_TRANSFER) {
            answer.code = DnsResponseCode.NOTIMP;
        } else if (asked instanceof QueryName.Reverse reverse) {
            reverse(catalog, question, reverse.address(), answer);
        } else if (type.equals(DnsRecordType.SOA)) {
            answer.answers.add(authority());
            nameServers(catalog, answer.authority, answer.additional);
        } else if (type.equals(DnsRecordType.NS)) {
            nameServers(catalog, answer.answers, answer.additional);
        } else if (asked instanceof QueryName.Address spelled) {
            if (matches(type, spelled.address())) {
                answer.answers.add(Records.address(question.name(), spelled.address(), options.nodeTtlSeconds()));
            } else {
                answer.authority.add(authority());
            }
        } else if (asked instanceof QueryName.Node node && isHere(node.datacenter())) {
            node(catalog, question, node.name(), answer);
        } else if (asked instanceof QueryName.Service service && isHere(service.datacenter())) {
            service(catalog, question, service, answer);
        } else if (asked instanceof QueryName.Prepared prepared && isHere(prepared.datacenter())) {
            prepared(state, may, question, prepared.name(), answer);
        } else {
            noSuchName(answer);
        }
    }

    private boolean isHere(@Nullable String asked) {
        return asked == null || asked.equals(datacenter);
    }

    private void noSuchName(Answer answer) {
        answer.code = DnsResponseCode.NXDOMAIN;
        answer.authority.add(authority());
    }

    private ResourceRecord authority() {
        return Records.authority(
                domain,
                options.soa(),
                clock.instant().getEpochSecond(),
                options.soa().minTtl());
    }

    // ---- nodes

    private void node(VisibleCatalog catalog, DnsQuestion question, String name, Answer answer) {
        NodeEntry node = catalog.node(name);
        if (node == null) {
            noSuchName(answer);
            return;
        }
        int ttl = options.nodeTtlSeconds();
        DnsRecordType type = question.type();
        address(question.name(), node.address(), type, ttl, answer.answers);
        if (type.equals(DnsRecordType.TXT) || type.equals(DnsRecordType.ANY)) {
            Records.metadata(question.name(), node.meta(), ttl, answer.answers::add);
        } else if (options.nodeMetaInAdditional() && isAddress(type)) {
            Records.metadata(question.name(), node.meta(), ttl, answer.additional::add);
        }
        if (answer.answers.isEmpty()) {
            answer.authority.add(authority());
        }
    }

    /** The servers, as they stand in the catalog under the name that clients look for. */
    private void nameServers(VisibleCatalog catalog, List<ResourceRecord> servers, List<ResourceRecord> addresses) {
        for (ServiceInstance server : shuffled(catalog.instances("consul"))) {
            String name = nodeName(server.node());
            if (Records.isEncodable(name)) {
                servers.add(Records.nameServer(domain, name, options.nodeTtlSeconds()));
                address(name, server.node().address(), DnsRecordType.ANY, options.nodeTtlSeconds(), addresses);
            }
        }
    }

    private String nodeName(NodeEntry node) {
        return node.name() + ".node." + datacenter + "." + domain;
    }

    // ---- services

    private void service(VisibleCatalog catalog, DnsQuestion question, QueryName.Service asked, Answer answer) {
        List<ServiceInstance> instances = new ArrayList<>();
        for (ServiceInstance instance : catalog.instances(asked.name())) {
            if (hasTag(instance, asked.tag()) && isUsable(instance)) {
                instances.add(instance);
            }
        }
        Collections.shuffle(instances, random);
        instances(question, instances, options.ttlSecondsOf(asked.name()), answer);
    }

    private void instances(DnsQuestion question, List<ServiceInstance> instances, int ttl, Answer answer) {
        if (instances.isEmpty()) {
            noSuchName(answer);
            return;
        }
        if (question.type().equals(DnsRecordType.SRV)) {
            places(question, instances, ttl, answer);
        } else {
            addresses(question, instances, ttl, answer);
        }
        if (answer.answers.isEmpty()) {
            answer.authority.add(authority());
        }
    }

    /** Sorted or shuffled as the query says. */
    private void prepared(State state, Authorizer may, DnsQuestion question, String name, Answer answer) {
        PreparedQueries.Result found;
        try {
            found = PreparedQueries.execute(state, name, agent, "", 0, random).orElse(null);
        } catch (QueryException malformed) {
            found = null;
        }
        if (found == null || !may.mayRead(Resource.QUERY, found.query().getName())) {
            noSuchName(answer);
            return;
        }
        List<ServiceInstance> instances =
                found.instances().stream().filter(may::maySee).toList();
        int ttl = found.dnsTtlMillis() > 0
                ? (int) Math.min(found.dnsTtlMillis() / 1_000, Integer.MAX_VALUE)
                : options.ttlSecondsOf(found.query().getService());
        instances(question, instances, ttl, answer);
    }

    private static boolean hasTag(ServiceInstance instance, @Nullable String tag) {
        return tag == null || instance.service().tags().stream().anyMatch(tag::equalsIgnoreCase);
    }

    private boolean isUsable(ServiceInstance instance) {
        return instance.checks().stream()
                .noneMatch(check -> check.status() == CheckStatus.CRITICAL
                        || (options.onlyPassing() && check.status() != CheckStatus.PASSING));
    }

    private void addresses(DnsQuestion question, List<ServiceInstance> instances, int ttl, Answer answer) {
        Set<String> seen = new HashSet<>();
        int most = options.addressRecordsMax() > 0 ? options.addressRecordsMax() : Integer.MAX_VALUE;
        for (ServiceInstance instance : instances) {
            String place = instance.service().address().isEmpty()
                    ? instance.node().address()
                    : instance.service().address();
            if (answer.answers.size() < most && seen.add(place)) {
                address(question.name(), place, question.type(), ttl, answer.answers);
            }
        }
    }

    private void places(DnsQuestion question, List<ServiceInstance> instances, int ttl, Answer answer) {
        Set<String> seen = new HashSet<>();
        for (ServiceInstance instance : instances) {
            String own = instance.service().address();
            if (!seen.add(instance.node().name() + "|" + own + "|"
                    + instance.service().port())) {
                continue;
            }
            String place = own.isEmpty() ? instance.node().address() : own;
            InetAddress ip = ip(place);
            String target = ip == null
                    ? withDot(place)
                    : own.isEmpty() ? nodeName(instance.node()) : Records.nameOf(ip, datacenter, domain);
            if (!Records.isEncodable(target)) {
                continue;
            }
            answer.answers.add(Records.service(
                    question.name(), weight(instance), instance.service().port(), target, ttl));
            if (ip != null) {
                ResourceRecord address = Records.address(target, ip, ttl);
                boolean known = answer.additional.stream()
                        .anyMatch(record -> record.name().equals(target));
                if (!known) {
                    answer.additional.add(address);
                    if (own.isEmpty() && options.nodeMetaInAdditional()) {
                        Records.metadata(target, instance.node().meta(), ttl, answer.additional::add);
                    }
                }
            }
        }
    }

    private static int weight(ServiceInstance instance) {
        boolean warning = instance.checks().stream().anyMatch(check -> check.status() == CheckStatus.WARNING);
        return warning ? instance.service().weightWarning() : instance.service().weightPassing();
    }

    private List<ServiceInstance> shuffled(List<ServiceInstance> instances) {
        List<ServiceInstance> shuffled = new ArrayList<>(instances);
        Collections.shuffle(shuffled, random);
        return shuffled;
    }

    // ---- addresses

    /** A record of an address, if it is of the type asked for; of a host name, an alias. */
    private static void address(String name, String place, DnsRecordType type, int ttl, List<ResourceRecord> to) {
        InetAddress ip = ip(place);
        if (ip != null && matches(type, ip)) {
            to.add(Records.address(name, ip, ttl));
        } else if (ip == null && !place.isEmpty() && isAddress(type) && Records.isEncodable(place)) {
            to.add(Records.alias(name, withDot(place), ttl));
        }
    }

    private static boolean isAddress(DnsRecordType type) {
        return type.equals(DnsRecordType.A) || type.equals(DnsRecordType.AAAA) || type.equals(DnsRecordType.ANY);
    }

    private static boolean matches(DnsRecordType type, InetAddress ip) {
        return type.equals(DnsRecordType.ANY)
                || type.equals(ip instanceof Inet4Address ? DnsRecordType.A : DnsRecordType.AAAA);
    }

    /** Null: it is a name. Never asks a name service. */
    private static @Nullable InetAddress ip(String text) {
        byte[] address = NetUtil.createByteArrayFromIpAddressString(text);
        try {
            return address == null ? null : InetAddress.getByAddress(address);
        } catch (UnknownHostException e) {
            return null;
        }
    }

    private static String withDot(String host) {
        return host.endsWith(".") ? host : host + ".";
    }

    private void reverse(VisibleCatalog catalog, DnsQuestion question, InetAddress address, Answer answer) {
        for (NodeEntry node : catalog.nodes()) {
            if (address.equals(ip(node.address())) && Records.isEncodable(nodeName(node))) {
                answer.answers.add(Records.pointer(question.name(), nodeName(node)));
            }
        }
        if (answer.answers.isEmpty()) {
            catalog.services().forEach(service -> {
                boolean here = catalog.instances(service).stream()
                        .anyMatch(
                                instance -> address.equals(ip(instance.service().address())));
                if (here) {
                    answer.answers.add(
                            Records.pointer(question.name(), service + ".service." + datacenter + "." + domain));
                }
            });
        }
        if (answer.answers.isEmpty()) {
            noSuchName(answer);
            answer.elsewhere = true;
        }
    }
}
