package dev.coord.server.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.api.storage.v1.PreparedQuery;
import dev.coord.server.LocalConsensus;
import dev.coord.server.acl.AccessControl;
import dev.coord.server.acl.AclFixture;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import javax.naming.Context;
import javax.naming.NameNotFoundException;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.InitialDirContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The real server on loopback, asked by the JDK's own DNS client, and byte by byte where that one hides too much. */
class DnsServerTest {

    private static final int PATIENCE_MILLIS = 20_000;
    private static final int TYPE_A = 1;
    private static final int TYPE_SRV = 33;

    private final LocalConsensus consensus = new LocalConsensus(System::currentTimeMillis, null);
    private AccessControl access = AccessControl.OFF;
    private DnsServer dns;

    @BeforeEach
    void listen() throws IOException {
        open(DnsOptions.DEFAULT);
        register("foo", "10.0.0.1", Map.of("k", "v", "rfc1035-x", "plain"), service("db", List.of("Master"), "", 1));
        register("bar", "10.0.0.2", Map.of(), service("db", List.of(), "10.9.9.9", 7));
    }

    @AfterEach
    void close() {
        dns.close();
    }

    @Test
    void a_node_has_its_address_and_its_metadata() throws NamingException {
        assertThat(ask("foo.node.consul", "A")).containsExactly("10.0.0.1");
        assertThat(ask("FOO.node.dc1.Consul", "A")).containsExactly("10.0.0.1");
        assertThat(ask("foo.node.consul", "TXT")).containsExactlyInAnyOrder("k=v", "plain");
    }

    @Test
    void a_service_has_an_address_for_each_instance() throws NamingException {
        assertThat(ask("db.service.consul", "A")).containsExactlyInAnyOrder("10.0.0.1", "10.9.9.9");
        assertThat(ask("master.DB.service.dc1.consul", "A")).containsExactly("10.0.0.1");
    }

    @Test
    void srv_names_the_node_or_spells_out_the_instances_own_address() throws NamingException {
        String[] both = {"1 1 5432 foo.node.dc1.consul.", "1 7 5432 0a090909.addr.dc1.consul."};
        assertThat(ask("db.service.consul", "SRV")).containsExactlyInAnyOrder(both);
        assertThat(ask("_db._tcp.service.consul", "SRV")).containsExactlyInAnyOrder(both);
        assertThat(ask("_db._master.service.consul", "SRV")).containsExactly(both[0]);
        assertThat(ask("0a090909.addr.dc1.consul", "A")).containsExactly("10.9.9.9");
    }

    @Test
    void critical_instances_are_left_out_and_warnings_stay_with_their_own_weight() throws NamingException {
        check("foo", "db", CheckStatus.CRITICAL);
        assertThat(ask("db.service.consul", "A")).containsExactly("10.9.9.9");

        check("bar", "db", CheckStatus.WARNING);
        assertThat(ask("db.service.consul", "SRV")).containsExactly("1 2 5432 0a090909.addr.dc1.consul.");

        check("bar", "db", CheckStatus.CRITICAL);
        assertThatThrownBy(() -> ask("db.service.consul", "A")).isInstanceOf(NameNotFoundException.class);
    }

    @Test
    void only_passing_leaves_warnings_out_too() throws Exception {
        reopen(new DnsOptions(
                "consul",
                "",
                0,
                Map.of(),
                true,
                false,
                3,
                0,
                true,
                DnsOptions.Recursion.NONE,
                DnsOptions.DEFAULT.soa()));
        check("bar", "db", CheckStatus.WARNING);

        assertThat(ask("db.service.consul", "A")).containsExactly("10.0.0.1");
    }

    @Test
    void what_does_not_exist_is_told_apart_from_what_has_no_such_record() throws Exception {
        for (String missing : List.of("nope.node", "nope.service", "nope.db.service", "db.service.dc9", "x.query")) {
            assertThatThrownBy(() -> ask(missing + ".consul", "A"))
                    .as(missing)
                    .isInstanceOf(NameNotFoundException.class);
        }
        assertThat(ask("foo.node.consul", "AAAA")).isEmpty();
        Reply none = udp(query("nope.service.consul", TYPE_A, 0));
        assertThat(none.code()).isEqualTo(3);
        assertThat(none.authority()).as("an SOA").isEqualTo(1);
        assertThat(udp(query("www.example.com", TYPE_A, 0)).code())
                .as("refused")
                .isEqualTo(5);
    }

    @Test
    void a_host_name_becomes_an_alias() throws NamingException {
        register("host", "www.example.com", Map.of(), service("web", List.of(), "", 1));

        assertThat(ask("host.node.consul", "CNAME")).isEmpty();
        assertThat(ask("web.service.consul", "SRV")).containsExactly("1 1 5432 www.example.com.");
    }

    @Test
    void an_address_is_traced_back_to_its_node_or_service() throws NamingException {
        assertThat(ask("1.0.0.10.in-addr.arpa", "PTR")).containsExactly("foo.node.dc1.consul.");
        assertThat(ask("9.9.9.10.in-addr.arpa", "PTR")).containsExactly("db.service.dc1.consul.");
        assertThatThrownBy(() -> ask("7.7.7.10.in-addr.arpa", "PTR")).isInstanceOf(NameNotFoundException.class);
    }

    @Test
    void the_domain_has_an_soa_and_the_servers_as_name_servers() throws NamingException {
        register("n1", "127.0.0.1", Map.of(), service("consul", List.of(), "", 1));

        assertThat(ask("consul", "NS")).containsExactly("n1.node.dc1.consul.");
        assertThat(ask("consul", "SOA")).singleElement().asString().startsWith("ns.consul. hostmaster.consul. ");
    }

    @Test
    void a_client_without_edns_gets_three_one_with_edns_what_fits_and_tcp_all() throws Exception {
        for (int i = 0; i < 100; i++) {
            register("m" + i, "10.1.0." + i, Map.of(), service("many", List.of(), "", 1));
        }
        Reply plain = udp(query("many.service.consul", TYPE_SRV, 0));
        assertThat(plain.answers()).isEqualTo(3);
        assertThat(plain.additional()).as("the addresses of these three alone").isEqualTo(3);
        assertThat(plain.truncated()).as("the default").isFalse();

        Reply edns = udp(query("many.service.consul", TYPE_SRV, 1_232));
        assertThat(edns.answers()).isBetween(15, 40);
        assertThat(edns.bytes()).isLessThanOrEqualTo(1_232);

        assertThat(tcp(query("many.service.consul", TYPE_SRV, 0)).answers()).isEqualTo(100);
    }

    @Test
    void truncation_is_marked_where_that_is_wanted_and_leads_clients_to_tcp() throws Exception {
        reopen(new DnsOptions(
                "consul",
                "",
                0,
                Map.of(),
                false,
                true,
                3,
                0,
                true,
                DnsOptions.Recursion.NONE,
                DnsOptions.DEFAULT.soa()));
        for (int i = 0; i < 10; i++) {
            register("m" + i, "10.1.0." + i, Map.of(), service("many", List.of(), "", 1));
        }
        assertThat(udp(query("many.service.consul", TYPE_A, 0)).truncated()).isTrue();
        assertThat(ask("many.service.consul", "A"))
                .as("the JDK's client goes on by TCP")
                .hasSize(10);
    }

    @Test
    void a_second_domain_and_times_to_live_come_from_the_configuration() throws Exception {
        reopen(new DnsOptions(
                "coord.example",
                "other",
                5,
                Map.of("db", 7, "d*", 9),
                false,
                false,
                3,
                0,
                true,
                DnsOptions.Recursion.NONE,
                DnsOptions.DEFAULT.soa()));

        assertThat(ask("foo.node.coord.example", "A")).containsExactly("10.0.0.1");
        assertThat(ask("foo.node.other", "A")).containsExactly("10.0.0.1");
        assertThat(udp(query("db.service.other", TYPE_A, 0)).firstTtl()).isEqualTo(7);
    }

    @Test
    void a_prepared_query_answers_by_its_name_with_its_own_time_to_live() throws Exception {
        consensus.apply(new Command.SetQuery(
                PreparedQuery.newBuilder()
                        .setId("11111111-2222-3333-4444-555555555555")
                        .setName("masters")
                        .setService("db")
                        .addTags("Master")
                        .setDnsTtlMs(10_000)
                        .build(),
                false));

        assertThat(ask("masters.query.consul", "A")).containsExactly("10.0.0.1");
        assertThat(ask("masters.query.dc1.consul", "SRV")).containsExactly("1 1 5432 foo.node.dc1.consul.");
        assertThat(udp(query("masters.query.consul", TYPE_A, 0)).firstTtl()).isEqualTo(10);
    }

    @Test
    void instances_come_in_changing_order() throws Exception {
        List<String> firsts = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            firsts.add(ask("db.service.consul", "A").get(0));
        }
        assertThat(firsts).contains("10.0.0.1", "10.9.9.9");
    }

    @Test
    void other_names_are_asked_of_the_recursors_one_after_the_other() throws Exception {
        DnsServer other = opened(options("example", DnsOptions.Recursion.NONE));
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            for (int i = 0; i < 40; i++) {
                register("e" + i, "10.2.0." + i, Map.of(), service("elsewhere", List.of(), "", 1));
            }
            InetSocketAddress nobody = new InetSocketAddress(InetAddress.getLoopbackAddress(), silent.getLocalPort());
            InetSocketAddress knows = new InetSocketAddress(InetAddress.getLoopbackAddress(), other.port());
            reopen(options("consul", new DnsOptions.Recursion(List.of(nobody, knows), Duration.ofMillis(300))));

            assertThat(ask("foo.node.example", "A")).as("over UDP").containsExactly("10.0.0.1");
            assertThat(tcp(query("elsewhere.service.example", TYPE_A, 0)).answers())
                    .as("over TCP")
                    .isEqualTo(40);
            assertThat(udp(query("nope.node.example", TYPE_A, 0)).code())
                    .as("no such name, in the recursor's words")
                    .isEqualTo(3);
            assertThat(ask("foo.node.consul", "A")).as("our own").containsExactly("10.0.0.1");

            other.close();
            reopen(options("consul", new DnsOptions.Recursion(List.of(nobody), Duration.ofMillis(100))));
            assertThat(udp(query("foo.node.example", TYPE_A, 0)).code())
                    .as("nobody answered: a failure")
                    .isEqualTo(2);
        } finally {
            other.close();
        }
    }

    @Test
    void what_a_host_name_stands_for_is_asked_of_the_recursors() throws Exception {
        DnsServer other = opened(options("example", DnsOptions.Recursion.NONE));
        try {
            register("named", "foo.node.example", Map.of(), service("web", List.of(), "", 1));
            register("lost", "nope.node.example", Map.of(), service("lost", List.of(), "", 1));
            InetSocketAddress knows = new InetSocketAddress(InetAddress.getLoopbackAddress(), other.port());
            reopen(options("consul", new DnsOptions.Recursion(List.of(knows), Duration.ofSeconds(5))));

            assertThat(udp(query("named.node.consul", TYPE_A, 0)).answers())
                    .as("the alias, and the address behind it")
                    .isEqualTo(2);
            assertThat(ask("web.service.consul", "A")).containsExactly("10.0.0.1");
            assertThat(udp(query("web.service.consul", TYPE_SRV, 0)).additional())
                    .as("its address beside the name that SRV gives")
                    .isEqualTo(1);
            assertThat(udp(query("lost.service.consul", TYPE_A, 0)).answers())
                    .as("an alias alone")
                    .isEqualTo(1);
        } finally {
            other.close();
        }
    }

    private static DnsOptions options(String domain, DnsOptions.Recursion recursion) {
        return new DnsOptions(domain, "", 0, Map.of(), false, false, 3, 0, true, recursion, DnsOptions.DEFAULT.soa());
    }

    @Test
    void nonsense_is_dropped_and_the_server_goes_on() throws Exception {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        byte[] good = query("db.service.consul", TYPE_A, 1_232);
        try (DatagramSocket socket = new DatagramSocket()) {
            for (int i = 0; i < 2_000; i++) {
                byte[] bad = good.clone();
                for (int flips = random.nextInt(1, 8); flips > 0; flips--) {
                    bad[random.nextInt(bad.length)] = (byte) random.nextInt();
                }
                socket.send(new DatagramPacket(
                        bad, random.nextInt(bad.length + 1), InetAddress.getLoopbackAddress(), dns.port()));
            }
        }
        assertThat(ask("foo.node.consul", "A")).as("seed " + seed).containsExactly("10.0.0.1");
    }

    @Test
    void with_acls_who_asks_sees_what_the_anonymous_token_may_see() throws Exception {
        access = AclFixture.access(AclFixture.DENY, "n1");
        reopen(DnsOptions.DEFAULT);
        assertThatThrownBy(() -> ask("foo.node.consul", "A")).isInstanceOf(NameNotFoundException.class);
        assertThatThrownBy(() -> ask("db.service.consul", "A")).isInstanceOf(NameNotFoundException.class);

        AclFixture.allowAnonymous(
                consensus, "node \"foo\" { policy = \"read\" } service_prefix \"\" { policy = \"read\" }");

        assertThat(ask("foo.node.consul", "A")).containsExactly("10.0.0.1");
        assertThat(ask("db.service.consul", "A")).containsExactly("10.0.0.1");
        assertThatThrownBy(() -> ask("bar.node.consul", "A")).isInstanceOf(NameNotFoundException.class);
    }

    @Test
    void a_port_in_use_is_named() {
        assertThatThrownBy(() -> DnsServer.ofServer(
                        "127.0.0.1",
                        dns.port(),
                        consensus,
                        access,
                        "dc1",
                        "n1",
                        DnsOptions.DEFAULT,
                        InstantSource.system(),
                        new Random()))
                .isInstanceOf(BindException.class)
                .hasMessageContaining("127.0.0.1:" + dns.port());
    }

    // ---- the catalog

    private void open(DnsOptions options) throws IOException {
        dns = opened(options);
    }

    private DnsServer opened(DnsOptions options) throws IOException {
        return DnsServer.ofServer(
                "127.0.0.1", 0, consensus, access, "dc1", "n1", options, InstantSource.system(), new Random());
    }

    private void reopen(DnsOptions options) throws IOException {
        dns.close();
        open(options);
    }

    private void register(String node, String address, Map<String, String> meta, ServiceEntry service) {
        NodeEntry entry = new NodeEntry("", node, address, "dc1", Map.of(), meta, 0, 0);
        consensus.apply(new Command.Register(entry, service.withNode(node), List.of(), false));
    }

    private static ServiceEntry service(String name, List<String> tags, String address, int weight) {
        return new ServiceEntry("", name, name, tags, address, 5432, Map.of(), Map.of(), weight, 2, false, "", 0, 0);
    }

    private void check(String node, String service, CheckStatus status) {
        NodeEntry entry = consensus.latest().node(node);
        CheckEntry check =
                new CheckEntry(node, "c:" + service, "c", status, "", "", service, service, List.of(), "", null, 0, 0);
        consensus.apply(new Command.Register(entry, null, List.of(check), true));
    }

    // ---- the JDK's client

    // The only DNS client that a JDK has; it talks to our own server, and wants this very table.
    @SuppressWarnings({"BanJNDI", "JdkObsolete"})
    private List<String> ask(String name, String type) throws NamingException {
        Hashtable<String, String> environment = new Hashtable<>();
        environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
        environment.put(Context.PROVIDER_URL, "dns://127.0.0.1:" + dns.port());
        environment.put("com.sun.jndi.dns.timeout.initial", "500");
        // Each try waits twice as long as the one before; a datagram may get lost.
        environment.put("com.sun.jndi.dns.timeout.retries", "7");
        InitialDirContext context = new InitialDirContext(environment);
        try {
            Attribute found = context.getAttributes(name, new String[] {type}).get(type);
            List<String> values = new ArrayList<>();
            if (found != null) {
                Collections.list(found.getAll()).forEach(value -> values.add(String.valueOf(value)));
            }
            return values;
        } finally {
            context.close();
        }
    }

    // ---- byte by byte

    private record Reply(
            int bytes, int code, boolean truncated, int answers, int authority, int additional, int firstTtl) {
        static Reply of(byte[] message, int length) {
            ByteBuffer in = ByteBuffer.wrap(message, 0, length);
            in.getShort();
            int flags = in.getShort();
            in.getShort();
            int answers = in.getShort();
            int authority = in.getShort();
            int additional = in.getShort();
            for (int label = in.get(); label != 0; label = in.get()) {
                in.position(in.position() + label);
            }
            in.position(in.position() + 4);
            // Owner's pointer, type and class come before the first record's TTL.
            int ttl = answers == 0 ? -1 : in.getInt(in.position() + 6);
            return new Reply(length, flags & 0xF, (flags & 0x200) != 0, answers, authority, additional, ttl);
        }
    }

    private static byte[] query(String name, int type, int ednsBytes) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeShort(4711);
        out.writeShort(0x0100);
        out.writeShort(1);
        out.writeShort(0);
        out.writeShort(0);
        out.writeShort(ednsBytes > 0 ? 1 : 0);
        for (String label : name.split("\\.")) {
            out.writeByte(label.length());
            out.write(label.getBytes(StandardCharsets.US_ASCII));
        }
        out.writeByte(0);
        out.writeShort(type);
        out.writeShort(1);
        if (ednsBytes > 0) {
            out.writeByte(0);
            out.writeShort(41);
            out.writeShort(ednsBytes);
            out.writeInt(0);
            out.writeShort(0);
        }
        return bytes.toByteArray();
    }

    private Reply udp(byte[] query) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.send(new DatagramPacket(query, query.length, InetAddress.getLoopbackAddress(), dns.port()));
            DatagramPacket reply = new DatagramPacket(new byte[4_096], 4_096);
            socket.receive(reply);
            return Reply.of(reply.getData(), reply.getLength());
        }
    }

    private Reply tcp(byte[] query) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), dns.port())) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.writeShort(query.length);
            out.write(query);
            out.flush();
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] reply = new byte[in.readUnsignedShort()];
            in.readFully(reply);
            return Reply.of(reply, reply.length);
        }
    }
}
