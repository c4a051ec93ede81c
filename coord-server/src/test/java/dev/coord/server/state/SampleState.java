package dev.coord.server.state;

import com.google.protobuf.ByteString;
import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CatalogEntries.TaggedAddress;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import dev.coord.server.command.SessionEntry;
import dev.coord.server.command.SessionEntry.Behavior;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Entries for scenarios, and one state that holds some of everything. The golden snapshot is of that state. */
final class SampleState {

    private SampleState() {}

    static State everything() {
        StateFixture coord = new StateFixture();
        coord.apply(new Command.InitCluster("8f1f1f3e-0000-4000-8000-000000000001"));
        coord.apply(new Command.Register(
                new NodeEntry(
                        "8f1f1f3e-0000-4000-8000-000000000002",
                        "Node-1",
                        "10.0.0.1",
                        "dc1",
                        Map.of("lan", "10.0.0.1", "wan", "1.2.3.4"),
                        Map.of("zone", "a", "rack", "7", "os", "linux"),
                        0,
                        0),
                new ServiceEntry(
                        "Node-1",
                        "web-1",
                        "web",
                        List.of("v2", "v1"),
                        "10.0.0.2",
                        8080,
                        Map.of("lan", new TaggedAddress("10.0.0.2", 8080)),
                        Map.of("env", "test", "owner", "us"),
                        3,
                        1,
                        true,
                        "",
                        0,
                        0),
                List.of(
                        check("serfHealth", null, CheckStatus.PASSING),
                        new CheckEntry(
                                "Node-1",
                                "service:web-1",
                                "web alive",
                                CheckStatus.WARNING,
                                "notes",
                                "slow",
                                "web-1",
                                "",
                                List.of(),
                                "http",
                                new CheckDefinition(
                                        0,
                                        "http://10.0.0.2/ok",
                                        "",
                                        "",
                                        "GET",
                                        Map.of("X-A", List.of("1", "2"), "X-B", List.of("3")),
                                        "",
                                        true,
                                        10_000,
                                        1_000,
                                        60_000),
                                0,
                                0)),
                false));
        coord.apply(new Command.Register(node("n2"), service("n2", "gone-1", "gone"), List.of(), false));
        coord.apply(new Command.Deregister("n2", "gone-1", null));
        coord.apply(new Command.Register(node("n3"), null, List.of(), false));
        coord.apply(new Command.Deregister("n3", null, null));
        coord.apply(new Command.CreateSession(session("s1", "Node-1", Behavior.RELEASE)));
        coord.apply(new Command.CreateSession(session("s2", "Node-1", Behavior.DELETE)));
        coord.put("a", "value");
        coord.put("empty", "");
        coord.put("dead/1", "x");
        coord.apply(new Command.KvDelete("dead/1", null));
        coord.apply(new Command.KvPut("held", ByteString.copyFromUtf8("x"), -1L, null, "s1", null));
        coord.apply(new Command.KvPut("closed", ByteString.copyFromUtf8("x"), 7L, null, "s2", null));
        coord.apply(new Command.DestroySession("s2"));
        coord.put(new String(Character.toChars(0x1F600)) + "/\u00e9", "bytes");
        return coord.state();
    }

    static NodeEntry node(String name) {
        return new NodeEntry("", name, "10.0.0.9", "dc1", Map.of(), Map.of(), 0, 0);
    }

    static ServiceEntry service(String node, String id, String name, String... tags) {
        return new ServiceEntry(node, id, name, List.of(tags), "", 80, Map.of(), Map.of(), 1, 1, false, "", 0, 0);
    }

    static CheckEntry check(String id, @Nullable String serviceId, CheckStatus status) {
        return new CheckEntry("", id, id, status, "", "", serviceId, "", List.of(), "", null, 0, 0);
    }

    static SessionEntry session(String id, String node, Behavior behavior, String... checks) {
        return new SessionEntry(id, "lock", node, behavior, 10_000, 15_000, List.of(checks), List.of(), 0, 0);
    }
}
