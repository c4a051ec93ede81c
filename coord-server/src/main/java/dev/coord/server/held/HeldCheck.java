package dev.coord.server.held;

import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.lease.ServerNode;
import dev.coord.server.state.State;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A check that the cluster runs, and the server that does.
 *
 * <p>It is an ordinary check of the catalog with an ordinary definition. What makes it the cluster's is its node: one with the
 * metadata {@code coord-checks} = {@code cluster} on which no agent lives. So nothing about it is new to a log, a snapshot or a
 * client.
 *
 * @param runner name of the server; null while none is known to live
 */
public record HeldCheck(CheckEntry check, @Nullable String runner) {

    /** The key of a node's metadata by which its checks belong to the cluster. */
    public static final String META_KEY = "coord-checks";
    /** What it must say. */
    public static final String META_VALUE = "cluster";

    /** All of them, by node and id, with who runs each at this revision. */
    public static List<HeldCheck> in(State state) {
        Shares shares = Shares.in(state);
        List<HeldCheck> held = new ArrayList<>();
        for (NodeEntry node : state.nodes()) {
            if (isHeldNode(state, node)) {
                for (CheckEntry check : state.checksOf(node.name())) {
                    if (canBeRun(check.definition())) {
                        held.add(new HeldCheck(check, shares.runner(check.node(), check.id())));
                    }
                }
            }
        }
        return held;
    }

    private static boolean isHeldNode(State state, NodeEntry node) {
        // An agent runs the checks of its own node and would take this one's metadata away again.
        return META_VALUE.equals(node.meta().get(META_KEY)) && state.check(node.name(), ServerNode.CHECK) == null;
    }

    /** A TTL check of the catalog is the leader's to time; one without a definition is somebody else's to run. */
    private static boolean canBeRun(@Nullable CheckDefinition definition) {
        return definition != null
                && definition.ttlMillis() == 0
                && !(definition.http().isEmpty()
                        && definition.tcp().isEmpty()
                        && definition.grpc().isEmpty());
    }
}
