package dev.coord.server.acl;

import dev.coord.server.command.AclEntries;
import dev.coord.server.command.AclEntries.NodeIdentity;
import dev.coord.server.command.AclEntries.PolicyEntry;
import dev.coord.server.command.AclEntries.RoleEntry;
import dev.coord.server.command.AclEntries.ServiceIdentity;
import dev.coord.server.command.AclEntries.TokenEntry;
import dev.coord.server.state.AclTables;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes authorizers of tokens: one for all tokens with the same policies, and each policy's rules read once for as long as it
 * does not change. Safe from any thread.
 */
final class Authorizers {

    /** How many sets of policies are remembered; beyond, all are forgotten and made again. */
    private static final int REMEMBERED_MAX = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(Authorizers.class);

    private final Defaults defaults;
    private final String datacenter;
    private final Map<List<String>, Authorizer> byPolicies = new ConcurrentHashMap<>();

    /** What counts where no rule says anything. */
    record Defaults(boolean allow, boolean listKeysByRule) {}

    Authorizers(Defaults defaults, String datacenter) {
        this.defaults = defaults;
        this.datacenter = datacenter;
    }

    /** Rules to be read, by what stands for their content. */
    private static final class Sources {
        final TreeMap<String, Source> byStamp = new TreeMap<>();

        void add(String stamp, String rules, boolean legacy) {
            byStamp.put(stamp, new Source(rules, legacy));
        }
    }

    private record Source(String rules, boolean legacy) {}

    Authorizer of(AclTables tables, TokenEntry token) {
        Sources sources = sources(tables, token);
        List<String> identity = List.copyOf(sources.byStamp.keySet());
        Authorizer known = byPolicies.get(identity);
        if (known == null) {
            known = make(identity, sources);
            if (byPolicies.size() >= REMEMBERED_MAX) {
                byPolicies.clear();
            }
            byPolicies.put(identity, known);
        }
        return known;
    }

    private Sources sources(AclTables tables, TokenEntry token) {
        Sources sources = new Sources();
        if (token.legacyType().equals("management")) {
            addPolicies(sources, tables, List.of(AclEntries.MANAGEMENT_POLICY));
        } else if (token.legacy()) {
            sources.add(
                    stamp("token " + token.accessorId(), token.modifyIndex(), token.legacyRules()),
                    token.legacyRules(),
                    true);
        }
        addPolicies(sources, tables, token.policies());
        addServices(sources, token.serviceIdentities());
        addNodes(sources, token.nodeIdentities());
        for (String id : token.roles()) {
            RoleEntry role = tables.role(id);
            if (role != null) {
                addPolicies(sources, tables, role.policies());
                addServices(sources, role.serviceIdentities());
                addNodes(sources, role.nodeIdentities());
            }
        }
        return sources;
    }

    private void addPolicies(Sources sources, AclTables tables, List<String> ids) {
        for (String id : ids) {
            PolicyEntry policy = tables.policy(id);
            if (policy != null && countsHere(policy.datacenters())) {
                sources.add(stamp("policy " + id, policy.modifyIndex(), policy.rules()), policy.rules(), false);
            }
        }
    }

    private void addServices(Sources sources, List<ServiceIdentity> identities) {
        for (ServiceIdentity identity : identities) {
            if (countsHere(identity.datacenters())) {
                String name = identity.service();
                sources.add("service " + name, """
                        service "%s" { policy = "write" }
                        service "%s-sidecar-proxy" { policy = "write" }
                        service_prefix "" { policy = "read" }
                        node_prefix "" { policy = "read" }
                        """.formatted(name, name), false);
            }
        }
    }

    private void addNodes(Sources sources, List<NodeIdentity> identities) {
        for (NodeIdentity identity : identities) {
            if (identity.datacenter().equals(datacenter)) {
                sources.add("node " + identity.node(), """
                        node "%s" { policy = "write" }
                        service_prefix "" { policy = "read" }
                        """.formatted(identity.node()), false);
            }
        }
    }

    /** An index may come back after a restore, with other rules: their hash tells them apart. */
    private static String stamp(String what, long modifyIndex, String rules) {
        return what + " " + modifyIndex + " " + rules.hashCode();
    }

    private boolean countsHere(List<String> datacenters) {
        return datacenters.isEmpty() || datacenters.contains(datacenter);
    }

    private Authorizer make(List<String> identity, Sources sources) {
        List<Rule> rules = new ArrayList<>();
        for (Map.Entry<String, Source> source : sources.byStamp.entrySet()) {
            try {
                rules.addAll(RuleParser.parse(
                        source.getValue().rules(), source.getValue().legacy()));
            } catch (RuleException e) {
                // Checked when they were written, so by a build with other rules; what they deny must not be allowed.
                LOG.error(
                        "The rules of {} can't be read: its tokens are refused ({})", source.getKey(), e.getMessage());
                throw AccessException.denied("the rules of " + source.getKey() + " can't be read");
            }
        }
        return new Authorizer(identity, defaults.allow(), defaults.listKeysByRule(), rules);
    }
}
