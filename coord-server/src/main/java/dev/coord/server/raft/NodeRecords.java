package dev.coord.server.raft;

import dev.coord.api.raft.v1.NodeResponse;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandCodec;
import dev.coord.server.command.TimedCommand;
import dev.coord.server.state.State;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One node of the catalog, as the registrations that make it: how it travels to the agent that is this node. */
final class NodeRecords {

    private NodeRecords() {}

    /** @param knownIndex what the asker has */
    static NodeResponse of(State state, String name, long knownIndex) {
        NodeResponse.Builder response = NodeResponse.newBuilder().setIndex(state.nodeIndex(name));
        NodeEntry node = state.node(name);
        if (node == null || response.getIndex() == knownIndex) {
            return response.build();
        }
        List<CheckEntry> checks = state.checksOf(name);
        add(response, new Command.Register(node, null, checksOf(checks, null), false));
        for (ServiceEntry service : state.servicesOf(name)) {
            add(response, new Command.Register(node, service, checksOf(checks, service.id()), true));
        }
        return response.build();
    }

    private static List<CheckEntry> checksOf(List<CheckEntry> checks, @Nullable String service) {
        return checks.stream()
                .filter(check -> Objects.equals(check.serviceId(), service))
                .toList();
    }

    private static void add(NodeResponse.Builder response, Command command) {
        response.addRecords(CommandCodec.toMessage(command, 0));
    }

    /** A catalog of this node alone. Its indexes are its own. */
    static State catalog(NodeResponse response) {
        State state = State.empty();
        for (var message : response.getRecordsList()) {
            TimedCommand record = CommandCodec.decode(message);
            state = state.apply(record.command(), record.timeMillis()).state();
        }
        return state;
    }
}
