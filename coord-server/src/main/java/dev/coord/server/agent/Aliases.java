package dev.coord.server.agent;

import dev.coord.server.command.CatalogEntries.AgentCheck;
import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.lease.CheckOutput;
import dev.coord.server.state.StateReader;
import java.util.Collection;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * How well what an alias check follows is: as the worst of the checks of that service and of its node. Those of this node come
 * from the agent itself, others from the catalog.
 */
final class Aliases {

    private final Supplier<LocalCatalog> local;
    private final Supplier<String> node;
    private final StateReader states;

    Aliases(Supplier<LocalCatalog> local, Supplier<String> node, StateReader states) {
        this.local = local;
        this.node = node;
        this.states = states;
    }

    Probe.Outcome look(CheckDefinition definition) {
        AgentCheck alias = definition.agent();
        boolean here = alias.aliasNode().isEmpty() || alias.aliasNode().equalsIgnoreCase(node.get());
        Collection<CheckEntry> all =
                here ? local.get().checks() : states.latest().checksOf(alias.aliasNode());
        Stream<CheckEntry> followed = all.stream()
                .filter(check -> check.serviceId() == null || check.serviceId().equalsIgnoreCase(alias.aliasService()))
                // Following itself it would never get well again.
                .filter(check -> !here || CheckKind.of(check) != CheckKind.ALIAS);
        return worst(followed.toList());
    }

    private static Probe.Outcome worst(Collection<CheckEntry> checks) {
        CheckEntry worst = null;
        for (CheckEntry check : checks) {
            if (check.status() != CheckStatus.PASSING && (worst == null || check.status() == CheckStatus.CRITICAL)) {
                worst = check;
            }
        }
        if (worst != null) {
            return new Probe.Outcome(
                    worst.status(),
                    CheckOutput.limited("Aliased check \"" + worst.name() + "\" failing: " + worst.output()));
        }
        return new Probe.Outcome(CheckStatus.PASSING, checks.isEmpty() ? "No checks found." : "All checks passing.");
    }
}
