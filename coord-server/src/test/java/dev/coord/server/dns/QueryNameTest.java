package dev.coord.server.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names as clients write them. */
class QueryNameTest {

    @Test
    void a_node_may_have_dots_and_a_datacenter() {
        assertThat(of("foo.node.consul.")).isEqualTo(new QueryName.Node("foo", null));
        assertThat(of("a.b.Node.DC1.consul")).isEqualTo(new QueryName.Node("a.b", "dc1"));
    }

    @Test
    void a_service_may_have_a_tag_and_a_datacenter() {
        assertThat(of("db.service.consul")).isEqualTo(new QueryName.Service("db", null, null));
        assertThat(of("v1.2.db.service.dc2.consul")).isEqualTo(new QueryName.Service("db", "v1.2", "dc2"));
    }

    @Test
    void rfc_2782_puts_the_tag_where_the_protocol_stands() {
        assertThat(of("_db._tcp.service.consul")).isEqualTo(new QueryName.Service("db", null, null));
        assertThat(of("_db._master.service.consul")).isEqualTo(new QueryName.Service("db", "master", null));
        assertThat(of("_db._tcp.consul")).isEqualTo(new QueryName.Service("db", null, null));
    }

    @Test
    void an_address_is_spelled_in_hex() throws UnknownHostException {
        assertThat(of("7f000001.addr.dc1.consul"))
                .isEqualTo(new QueryName.Address(InetAddress.getByAddress(new byte[] {127, 0, 0, 1})));
        assertThat(of("00000000000000000000000000000001.addr.consul"))
                .isEqualTo(new QueryName.Address(InetAddress.getByName("::1")));
    }

    @Test
    void a_reverse_name_is_an_address_backwards() throws UnknownHostException {
        assertThat(of("4.3.2.10.in-addr.arpa."))
                .isEqualTo(new QueryName.Reverse(InetAddress.getByAddress(new byte[] {10, 2, 3, 4})));
        assertThat(of("1." + "0.".repeat(31) + "ip6.arpa"))
                .isEqualTo(new QueryName.Reverse(InetAddress.getByName("::1")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nothing.consul",
                "node.consul",
                "service.consul",
                "zz.addr.consul",
                "foo.node.x.dc1.consul",
                "foo.connect.consul",
                "..consul"
            })
    void what_can_not_exist_is_nothing(String name) {
        assertThat(of(name)).isEqualTo(new QueryName.Nothing());
    }

    @ParameterizedTest
    @ValueSource(strings = {"www.example.com", "notconsul", ".", "", "1.2.3.in-addr.arpa", "999.1.1.1.in-addr.arpa"})
    void what_is_not_ours_is_foreign(String name) {
        assertThat(of(name)).isEqualTo(new QueryName.Foreign());
    }

    private static QueryName of(String name) {
        return QueryName.of(name, DnsOptions.DEFAULT);
    }
}
