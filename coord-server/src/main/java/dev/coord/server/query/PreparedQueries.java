package dev.coord.server.query;

import dev.coord.api.storage.v1.PreparedQuery;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.state.Change.ServiceInstance;
import dev.coord.server.state.State;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/** Finds prepared queries by name or id, and runs them. */
public final class PreparedQueries {

    /** The node that asks, as a place to sort from. */
    private static final String ASKING_AGENT = "_agent";

    private PreparedQueries() {}

    /**
     * What running a query gave.
     *
     * @param query as it was run: of a template, with the name filled in
     * @param instances in the order to use them: nearest first where that was asked for, else shuffled
     */
    public record Result(PreparedQuery query, List<ServiceInstance> instances) {

        /** How long a DNS client may keep the answer, milliseconds; 0: not said. */
        public long dnsTtlMillis() {
            return query.getDnsTtlMs();
        }
    }

    /**
     * Refuses a query that could never be run.
     *
     * @throws QueryException with Consul's words
     */
    public static void validate(PreparedQuery query) {
        boolean template = !query.getTemplateType().isEmpty();
        if (query.getName().isEmpty() && !template && query.getSession().isEmpty()) {
            throw new QueryException("Must be bound to a session");
        }
        if (query.getService().isEmpty()) {
            throw new QueryException("Must provide a Service name to query");
        }
        requireKeys(query.getNodeMetaMap());
        requireKeys(query.getServiceMetaMap());
    }

    private static void requireKeys(Map<String, String> meta) {
        String value = meta.get("");
        if (value != null) {
            throw new QueryException("Couldn't load metadata pair ('', '" + value + "'): Key cannot be blank");
        }
    }

    /**
     * Refuses a template that can't be filled in.
     *
     * @throws QueryException naming the part that makes no sense
     */
    public static void validateTemplate(PreparedQuery query) {
        if (!query.getTemplateType().isEmpty()) {
            var unused = new QueryTemplate(query);
        }
    }

    /**
     * The query that a name or an id stands for; of a template, with the name filled in. Empty when there is none.
     *
     * @throws QueryException for a template that was asked for by its id
     */
    public static Optional<PreparedQuery> resolve(State state, String nameOrId) {
        PreparedQuery byId = state.query(nameOrId);
        if (byId != null) {
            if (!byId.getTemplateType().isEmpty()) {
                throw new QueryException("prepared query templates can only be resolved up by name, not by ID");
            }
            return Optional.of(byId);
        }
        PreparedQuery named = state.queryNamed(nameOrId);
        PreparedQuery found = named == null ? state.queryTemplateFor(nameOrId) : named;
        return Optional.ofNullable(found)
                .map(query -> query.getTemplateType().isEmpty() ? query : new QueryTemplate(query).rendered(nameOrId));
    }

    /**
     * Runs a query.
     *
     * @param agent name of the node that asks
     * @param near node to sort from, before the query's own; {@code _agent}: the asking one; empty: the query's
     * @param limit 0: all
     * @param random shuffles what is not sorted
     * @return empty when there is no such query
     * @throws QueryException as {@link #resolve}
     */
    public static Optional<Result> execute(
            State state, String nameOrId, String agent, String near, int limit, RandomGenerator random) {
        return resolve(state, nameOrId).map(query -> {
            String from = near.isEmpty() ? query.getNear() : near;
            List<ServiceInstance> found = new ArrayList<>(matching(state, query));
            Collections.shuffle(found, new Random(random.nextLong()));
            List<ServiceInstance> sorted = sorted(state, found, from.equals(ASKING_AGENT) ? agent : from);
            return new Result(query, limit > 0 && sorted.size() > limit ? sorted.subList(0, limit) : sorted);
        });
    }

    private static List<ServiceInstance> sorted(State state, List<ServiceInstance> found, String near) {
        List<ServiceInstance> sorted = new ArrayList<>(
                Nearness.sorted(state, near, found, instance -> instance.node().name()));
        // The place itself is the nearest, whatever the coordinates say.
        for (int i = 0; i < sorted.size(); i++) {
            if (sorted.get(i).node().name().equalsIgnoreCase(near)) {
                Collections.swap(sorted, 0, i);
                break;
            }
        }
        return sorted;
    }

    private static List<ServiceInstance> matching(State state, PreparedQuery query) {
        if (query.getConnect()) {
            // Nothing is registered with the mesh here.
            return List.of();
        }
        Set<String> ignored = new TreeSet<>(query.getIgnoreCheckIdsList());
        return state.instances(query.getService()).stream()
                .filter(instance -> isHealthy(instance, query.getOnlyPassing(), ignored))
                .filter(instance -> holds(instance.node().meta(), query.getNodeMetaMap()))
                .filter(instance -> holds(instance.service().meta(), query.getServiceMetaMap()))
                .filter(instance -> hasTags(instance.service(), query.getTagsList()))
                .toList();
    }

    private static boolean isHealthy(ServiceInstance instance, boolean onlyPassing, Set<String> ignoredChecks) {
        for (CheckEntry check : instance.checks()) {
            boolean fails =
                    check.status() == CheckStatus.CRITICAL || (onlyPassing && check.status() != CheckStatus.PASSING);
            if (fails && !ignoredChecks.contains(check.id())) {
                return false;
            }
        }
        return true;
    }

    private static boolean holds(Map<String, String> meta, Map<String, String> wanted) {
        return wanted.entrySet().stream().allMatch(pair -> pair.getValue().equals(meta.get(pair.getKey())));
    }

    /** Tags count without regard to case. */
    private static boolean hasTags(ServiceEntry service, List<String> wanted) {
        Set<String> tags = new TreeSet<>();
        service.tags().forEach(tag -> tags.add(tag.toLowerCase(Locale.ROOT)));
        return wanted.stream()
                .map(tag -> tag.toLowerCase(Locale.ROOT))
                .allMatch(tag -> tag.startsWith("!") ? !tags.contains(tag.substring(1)) : tags.contains(tag));
    }
}
