package dev.coord.server.grpc;

import dev.coord.api.v1.Items;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.command.ApiMapping;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.SessionEntry;
import dev.coord.server.state.Change.ServiceInstance;
import dev.coord.server.state.FlagEntry;
import dev.coord.server.state.FlagSetEntry;
import dev.coord.server.state.KvEntry;
import dev.coord.server.state.State;
import dev.coord.server.watch.Topics;
import dev.coord.streaming.Subject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/**
 * What a watch or poll is about: where its events come from, which index moves with them, how its state is read.
 *
 * @param hub the subject that its events are published under
 * @param index the subject's own index in a state
 * @param require throws when it may not be watched at all
 * @param items the subject's items in a state, as far as they may be seen
 */
record WatchedSubject(
        Subject hub,
        ToLongFunction<State> index,
        Consumer<Authorizer> require,
        BiFunction<State, Authorizer, Cursor> items) {

    private static int add(Items.Builder items, ServiceInstance instance) {
        var message = StateMapping.toMessage(instance);
        items.addInstances(message);
        return message.getSerializedSize();
    }

    private static int add(Items.Builder items, NodeEntry node) {
        var message = ApiMapping.toMessage(node);
        items.addNodes(message);
        return message.getSerializedSize();
    }

    /** Throws {@code INVALID_ARGUMENT} when it names nothing. */
    static WatchedSubject of(dev.coord.api.v1.Subject subject, ServiceSummaries summaries) {
        return switch (subject.getSubjectCase()) {
            case KEY -> key(named(subject.getKey(), "key"));
            case KEY_PREFIX -> keyPrefix(subject.getKeyPrefix());
            case SERVICE -> service(named(subject.getService(), "service"));
            case ALL_SERVICES ->
                new WatchedSubject(
                        Topics.services(),
                        State::servicesIndex,
                        may -> {},
                        (state, may) ->
                                Cursor.list(List.copyOf(summaries.of(state, may).values()), (items, summary) -> {
                                    items.addServices(summary);
                                    return summary.getSerializedSize();
                                }));
            case ALL_NODES ->
                new WatchedSubject(
                        Topics.nodes(),
                        State::nodesIndex,
                        may -> {},
                        (state, may) -> Cursor.list(
                                state.nodes().stream().filter(may::maySee).toList(), WatchedSubject::add));
            case NODE -> node(named(subject.getNode(), "node"));
            case SESSION -> session(named(subject.getSession(), "session"));
            case FLAG_SET -> flagSet(named(subject.getFlagSet(), "flag_set"));
            case SUBJECT_NOT_SET ->
                throw Statuses.invalid(
                        "subject is not set: watch a key, key_prefix, service, all_services, all_nodes, node, session or flag_set");
        };
    }

    private static String named(String name, String field) {
        if (name.isEmpty()) {
            throw Statuses.invalid("subject." + field + " is empty: name the " + field + " to watch");
        }
        return name;
    }

    private static Consumer<Authorizer> reads(Resource resource, String name) {
        return may -> may.requireRead(resource, name);
    }

    private static WatchedSubject key(String key) {
        return new WatchedSubject(
                Topics.key(key), state -> state.kvIndex(key), reads(Resource.KEY, key), (state, may) -> {
                    KvEntry entry = state.kv(key);
                    return Cursor.list(entry == null ? List.of() : List.of(entry), (items, found) -> {
                        items.addKvs(StateMapping.toMessage(found));
                        return found.value().size();
                    });
                });
    }

    private static WatchedSubject keyPrefix(String prefix) {
        return new WatchedSubject(
                Topics.keyPrefix(prefix),
                state -> state.kvPrefixIndex(prefix),
                may -> may.requireReadSomeUnder(prefix),
                (state, may) -> Cursor.keys(state, prefix, may));
    }

    private static WatchedSubject service(String name) {
        return new WatchedSubject(
                Topics.service(name),
                state -> state.serviceIndex(name),
                reads(Resource.SERVICE, name),
                (state, may) -> Cursor.list(
                        state.instances(name).stream().filter(may::maySee).toList(), WatchedSubject::add));
    }

    private static WatchedSubject node(String name) {
        return new WatchedSubject(
                Topics.node(name), state -> state.nodeIndex(name), reads(Resource.NODE, name), (state, may) -> {
                    NodeEntry node = state.node(name);
                    if (node == null) {
                        return Cursor.list(List.<NodeEntry>of(), WatchedSubject::add);
                    }
                    Cursor entry = Cursor.list(List.of(node), WatchedSubject::add);
                    Cursor instances = Cursor.list(
                            instancesOn(state, node).stream()
                                    .filter(may::maySee)
                                    .toList(),
                            WatchedSubject::add);
                    return (items, bytesMax) -> entry.fill(items, bytesMax) || instances.fill(items, bytesMax);
                });
    }

    private static List<ServiceInstance> instancesOn(State state, NodeEntry node) {
        var checks = state.checksOf(node.name());
        List<ServiceInstance> instances = new ArrayList<>();
        for (ServiceEntry service : state.servicesOf(node.name())) {
            instances.add(new ServiceInstance(
                    node,
                    service,
                    checks.stream()
                            .filter(check -> check.serviceId() == null
                                    || check.serviceId().equals(service.id()))
                            .toList()));
        }
        return instances;
    }

    private static WatchedSubject flagSet(String name) {
        return new WatchedSubject(
                Topics.flagSet(name), state -> state.flagSetIndex(name), reads(Resource.FLAG, name), (state, may) -> {
                    FlagSetEntry set = state.flagSet(name);
                    List<FlagEntry> definitions = set == null
                            ? List.of()
                            : List.copyOf(set.definitions().values());
                    return Cursor.list(definitions, (items, definition) -> {
                        var message = StateMapping.toMessage(definition);
                        items.addFlags(message);
                        return message.getSerializedSize();
                    });
                });
    }

    private static WatchedSubject session(String id) {
        return new WatchedSubject(Topics.session(id), state -> state.sessionIndex(id), may -> {}, (state, may) -> {
            SessionEntry session = state.session(id);
            return Cursor.list(
                    session == null || !may.maySee(session) ? List.of() : List.of(session), (items, found) -> {
                        var message = ApiMapping.toMessage(found);
                        items.addSessions(message);
                        return message.getSerializedSize();
                    });
        });
    }
}
