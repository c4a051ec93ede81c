package dev.coord.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandResult.Rejection;
import dev.coord.server.command.CommandResult.Rejection.Kind;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Nodes, services and checks: registration, deregistration, and the index of each. */
class CatalogSemanticsTest {

    private final StateFixture coord = new StateFixture();

    // ---- Registration

    @Test
    void anInstanceComesWithItsNodeAndTheChecksThatCount() {
        register(
                "n1",
                SampleState.service("n1", "web-1", "web", "v1"),
                SampleState.check("alive", null, CheckStatus.PASSING),
                SampleState.check("web-check", "web-1", CheckStatus.WARNING));
        register(
                "n1",
                SampleState.service("n1", "db-1", "db"),
                SampleState.check("db-check", "db-1", CheckStatus.CRITICAL));

        Change.ServiceInstance web = coord.state().instances("web").get(0);
        assertThat(web.node().name()).isEqualTo("n1");
        assertThat(web.checks()).extracting(CheckEntry::id).containsExactly("alive", "web-check");
        assertThat(coord.state().checksOfService("web"))
                .extracting(CheckEntry::id)
                .containsExactly("web-check");
    }

    @Test
    void aCheckOfAServiceLearnsItsNameAndTagsAndKeepsThemUpToDate() {
        register(
                "n1",
                SampleState.service("n1", "web-1", "web", "v1"),
                SampleState.check("web-check", "web-1", CheckStatus.PASSING));
        assertThat(check("web-check").serviceName()).isEqualTo("web");
        assertThat(check("web-check").serviceTags()).containsExactly("v1");

        register("n1", SampleState.service("n1", "web-1", "web", "v2"));
        assertThat(check("web-check").serviceTags()).containsExactly("v2");
        assertThat(coord.state().instances("web").get(0).checks().get(0).serviceTags())
                .containsExactly("v2");
    }

    @Test
    void anIdenticalRegistrationChangesNothing() {
        ServiceEntry web = SampleState.service("n1", "web-1", "web");
        CheckEntry check = SampleState.check("web-check", "web-1", CheckStatus.PASSING);
        register("n1", web, check);
        State before = coord.state();
        Transition again = register("n1", web, check);
        assertThat(again.result().ok()).isTrue();
        assertThat(again.changes()).isEmpty();
        assertThat(coord.state().nodesIndex()).isEqualTo(before.nodesIndex());
        assertThat(coord.state().servicesIndex()).isEqualTo(before.servicesIndex());
        assertThat(coord.state().checksIndex()).isEqualTo(before.checksIndex());
        assertThat(coord.state().serviceIndex("web")).isEqualTo(before.serviceIndex("web"));
    }

    @Test
    void skipNodeUpdateLeavesAKnownNodeAndCreatesAnUnknownOne() {
        register("n1", null);
        NodeEntry moved = new NodeEntry("", "n1", "10.9.9.9", "dc1", Map.of(), Map.of(), 0, 0);
        coord.apply(new Command.Register(moved, SampleState.service("n1", "web-1", "web"), List.of(), true));
        assertThat(node("n1").address()).isEqualTo("10.0.0.9");
        assertThat(coord.state().service("n1", "web-1")).isNotNull();

        coord.apply(new Command.Register(SampleState.node("n2"), null, List.of(), true));
        assertThat(coord.state().node("n2")).isNotNull();
    }

    @Test
    void aRefusedRegistrationLeavesNothingBehind() {
        Transition refused = register(
                "n1",
                SampleState.service("n1", "web-1", "web"),
                SampleState.check("web-check", "other-1", CheckStatus.PASSING));
        assertThat(refused.result().rejection())
                .isEqualTo(new Rejection(
                        Kind.UNKNOWN_SERVICE, "failed inserting check: Missing service registration on node \"n1\""));
        assertThat(coord.state().node("n1")).isNull();
        assertThat(coord.state().nodesIndex()).isEqualTo(1);
    }

    @Test
    void aCheckOfAnotherNodeIsRefused() {
        CheckEntry stray = SampleState.check("c", null, CheckStatus.PASSING).withNode("n2");
        assertThat(register("n1", null, stray).result().rejection())
                .isEqualTo(new Rejection(Kind.INVALID, "check node \"n2\" does not match node \"n1\""));
    }

    @Test
    void namesCountWithoutRegardToCase() {
        register("Node", SampleState.service("Node", "web-1", "Web"));
        register("NODE", SampleState.service("NODE", "WEB-1", "web"));
        assertThat(coord.state().nodes()).extracting(NodeEntry::name).containsExactly("Node");
        assertThat(coord.state().servicesOf("node")).hasSize(1);
        assertThat(coord.state().instances("WEB")).hasSize(1);
    }

    @Test
    void anInstanceThatChangesItsServicesNameLeavesTheOldService() {
        register("n1", SampleState.service("n1", "x", "old"), SampleState.check("c", "x", CheckStatus.PASSING));
        Transition renamed = register("n1", SampleState.service("n1", "x", "new"));
        assertThat(coord.state().instances("old")).isEmpty();
        assertThat(coord.state().instances("new")).hasSize(1);
        assertThat(coord.state().serviceIndex("old")).isEqualTo(coord.state().revision());
        assertThat(check("c").serviceName()).isEqualTo("new");
        assertThat(renamed.changes())
                .filteredOn(Change.Instance.class::isInstance)
                .extracting(change -> ((Change.Instance) change).service())
                .containsExactly("old", "new");
    }

    @Test
    void servicesAreListedWithTheUnionOfTheirTags() {
        register("n1", SampleState.service("n1", "a", "web", "v1", "x"));
        register("n2", SampleState.service("n2", "a", "web", "v2"));
        register("n2", SampleState.service("n2", "b", "db"));
        assertThat(coord.state().services())
                .containsExactly(Map.entry("db", Set.of()), Map.entry("web", Set.of("v1", "v2", "x")));
    }

    // ---- Node ids

    @Test
    void aNodeIsRenamedByItsIdAndTakesNothingAlong() {
        coord.apply(new Command.Register(
                node("id-1", "old"), SampleState.service("old", "web-1", "web"), List.of(), false));
        register(node("id-1", "new"));
        assertThat(coord.state().nodes()).extracting(NodeEntry::name).containsExactly("new");
        assertThat(coord.state().instances("web")).isEmpty();
        assertThat(node("new").createIndex()).isEqualTo(2);
        assertThat(coord.state().nodeIndex("old")).isEqualTo(coord.state().revision());
    }

    @Test
    void aNameThatALivingNodeHoldsIsRefusedToAnotherId() {
        register(node("id-1", "n1"), SampleState.check("serfHealth", null, CheckStatus.PASSING));
        Rejection rejection =
                Objects.requireNonNull(register(node("id-2", "N1")).result().rejection());
        assertThat(rejection.kind()).isEqualTo(Kind.CONFLICT);
        assertThat(rejection.message())
                .isEqualTo(
                        "failed inserting node: Error while renaming Node ID: \"id-2\": Node name N1 is reserved by node"
                                + " id-1 with name n1 (10.0.0.9)");
        register(node("id-2", "n2"));
        assertThat(register(node("id-2", "n1")).result().ok()).isFalse();
        assertThat(coord.state().node("n2")).isNotNull();
    }

    @Test
    void aNameIsFreedByTheFailureOfItsHolder() {
        register(node("id-1", "n1"), SampleState.check("serfHealth", null, CheckStatus.CRITICAL));
        assertThat(register(node("id-2", "n1")).result().ok()).isTrue();
        assertThat(node("n1").id()).isEqualTo("id-2");
    }

    @Test
    void aNameNobodyVouchesForIsFree() {
        register(node("id-1", "n1"));
        assertThat(register(node("id-2", "n1")).result().ok()).isTrue();
        assertThat(node("n1").id()).isEqualTo("id-2");
    }

    @Test
    void aNodeWithoutIdMayBeGivenOne() {
        register("n1", SampleState.service("n1", "web-1", "web"));
        assertThat(register(node("id-1", "n1")).result().ok()).isTrue();
        assertThat(coord.state().instances("web").get(0).node().id()).isEqualTo("id-1");
    }

    // ---- Deregistration

    @Test
    void aServiceTakesItsChecksAlong() {
        register(
                "n1",
                SampleState.service("n1", "web-1", "web"),
                SampleState.check("alive", null, CheckStatus.PASSING),
                SampleState.check("web-check", "web-1", CheckStatus.PASSING));
        Transition gone = coord.apply(new Command.Deregister("n1", "web-1", null));
        assertThat(coord.state().checksOf("n1")).extracting(CheckEntry::id).containsExactly("alive");
        assertThat(coord.state().services()).isEmpty();
        assertThat(gone.changes())
                .hasSize(2)
                .hasAtLeastOneElementOfType(Change.Check.class)
                .hasAtLeastOneElementOfType(Change.Instance.class);
    }

    @Test
    void aNodeTakesEverythingAlong() {
        register(
                "n1",
                SampleState.service("n1", "web-1", "web"),
                SampleState.check("alive", null, CheckStatus.PASSING),
                SampleState.check("web-check", "web-1", CheckStatus.PASSING));
        Transition gone = coord.apply(new Command.Deregister("n1", null, null));
        assertThat(gone.changes()).hasSize(4);
        assertThat(coord.state().nodes()).isEmpty();
        assertThat(coord.state().checksIn(null)).isEmpty();
        assertThat(coord.state().instances("web")).isEmpty();
        long now = coord.state().revision();
        assertThat(coord.state().nodesIndex()).isEqualTo(now);
        assertThat(coord.state().servicesIndex()).isEqualTo(now);
        assertThat(coord.state().checksIndex()).isEqualTo(now);
        assertThat(coord.state().serviceIndex("web")).isEqualTo(now);
        assertThat(coord.state().nodeIndex("n1")).isEqualTo(now);
    }

    @Test
    void deregisteringWhatIsNotThereSucceedsAndChangesNothing() {
        register("n1", null);
        for (Command.Deregister nothing : List.of(
                new Command.Deregister("n9", null, null),
                new Command.Deregister("n1", "none", null),
                new Command.Deregister("n1", null, "none"))) {
            Transition transition = coord.apply(nothing);
            assertThat(transition.result().ok()).isTrue();
            assertThat(transition.changes()).isEmpty();
        }
    }

    // ---- Checks

    @Test
    void aNodesCheckCountsForEveryInstanceOnIt() {
        register("n1", SampleState.service("n1", "a", "web"), SampleState.check("alive", null, CheckStatus.PASSING));
        register("n1", SampleState.service("n1", "b", "db"));
        register("n2", SampleState.service("n2", "a", "cache"));
        long cache = coord.state().serviceIndex("cache");
        Transition failed = coord.apply(new Command.UpdateCheck("n1", "alive", CheckStatus.CRITICAL, "gone"));
        assertThat(failed.changes())
                .filteredOn(Change.Instance.class::isInstance)
                .extracting(change -> ((Change.Instance) change).service())
                .containsExactly("web", "db");
        assertThat(coord.state().serviceIndex("web")).isEqualTo(coord.state().revision());
        assertThat(coord.state().serviceIndex("db")).isEqualTo(coord.state().revision());
        assertThat(coord.state().serviceIndex("cache")).isEqualTo(cache);
        assertThat(coord.state().instances("db").get(0).checks())
                .extracting(CheckEntry::status)
                .containsExactly(CheckStatus.CRITICAL);
        assertThat(coord.state().checksIn(CheckStatus.CRITICAL)).hasSize(1);
        assertThat(coord.state().checksIn(CheckStatus.PASSING)).isEmpty();
    }

    @Test
    void anUnchangedReportChangesNothing() {
        register("n1", null, SampleState.check("alive", null, CheckStatus.PASSING));
        coord.apply(new Command.UpdateCheck("n1", "alive", CheckStatus.PASSING, "ok"));
        assertThat(coord.apply(new Command.UpdateCheck("n1", "alive", CheckStatus.PASSING, "ok"))
                        .changes())
                .isEmpty();
    }

    @Test
    void aReportOnAnUnknownCheckIsRefused() {
        register("n1", null);
        assertThat(coord.apply(new Command.UpdateCheck("n1", "c", CheckStatus.PASSING, ""))
                        .result()
                        .rejection())
                .isEqualTo(new Rejection(Kind.UNKNOWN_CHECK, "Unknown check \"c\" on node \"n1\""));
    }

    @Test
    void aCheckThatMovesToAnotherServiceCountsThere() {
        register("n1", SampleState.service("n1", "a", "web"), SampleState.check("c", "a", CheckStatus.CRITICAL));
        register("n1", SampleState.service("n1", "b", "db"), SampleState.check("c", "b", CheckStatus.CRITICAL));
        assertThat(coord.state().instances("web").get(0).checks()).isEmpty();
        assertThat(coord.state().instances("db").get(0).checks()).hasSize(1);
    }

    // ---- Indexes

    @Test
    void aServiceNobodyKnewHasIndexOneAndOneThatWentKeepsItsLast() {
        assertThat(coord.state().serviceIndex("web")).isEqualTo(1);
        register("n1", SampleState.service("n1", "a", "web"));
        coord.apply(new Command.Deregister("n1", "a", null));
        long gone = coord.state().revision();
        register("n2", null);
        assertThat(coord.state().serviceIndex("web")).isEqualTo(gone);
    }

    @Test
    void aHealthChangeIsNoChangeOfTheListOfServices() {
        register("n1", SampleState.service("n1", "a", "web"), SampleState.check("c", "a", CheckStatus.PASSING));
        long before = coord.state().servicesIndex();
        coord.apply(new Command.UpdateCheck("n1", "c", CheckStatus.CRITICAL, ""));
        assertThat(coord.state().servicesIndex()).isEqualTo(before);
        assertThat(coord.state().nodeIndex("n1")).isEqualTo(coord.state().revision());
    }

    @Test
    void theClusterGetsItsIdOnce() {
        assertThat(coord.apply(new Command.InitCluster("one")).result().ok()).isTrue();
        Transition second = coord.apply(new Command.InitCluster("two"));
        assertThat(second.result().rejection())
                .isEqualTo(new Rejection(Kind.CONFLICT, "The cluster has its id already: one"));
        assertThat(coord.state().clusterId()).isEqualTo("one");
    }

    private Transition register(String node, @Nullable ServiceEntry service, CheckEntry... checks) {
        return coord.apply(new Command.Register(SampleState.node(node), service, List.of(checks), false));
    }

    private Transition register(NodeEntry node, CheckEntry... checks) {
        return coord.apply(new Command.Register(node, null, List.of(checks), false));
    }

    private static NodeEntry node(String id, String name) {
        return new NodeEntry(id, name, "10.0.0.9", "dc1", Map.of(), Map.of(), 0, 0);
    }

    private NodeEntry node(String name) {
        return Objects.requireNonNull(coord.state().node(name));
    }

    private CheckEntry check(String id) {
        return Objects.requireNonNull(coord.state().check("n1", id));
    }
}
