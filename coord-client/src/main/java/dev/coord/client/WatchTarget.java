package dev.coord.client;

import dev.coord.api.v1.AllNodes;
import dev.coord.api.v1.AllServices;
import dev.coord.api.v1.Change;
import dev.coord.api.v1.Items;
import dev.coord.api.v1.Subject;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What to watch, and what its items are. Immutable.
 *
 * @param <T> the type of the items
 */
public final class WatchTarget<T> {

    private final String description;
    private final Subject subject;
    private final Reader<T> reader;

    /** Finds the items of this target in messages. */
    private interface Reader<T> {
        void items(Items message, Map<String, T> into);

        void change(Change message, BiConsumer<String, @Nullable T> into);
    }

    private WatchTarget(String description, Subject subject, Reader<T> reader) {
        this.description = description;
        this.subject = subject;
        this.reader = reader;
    }

    /** One key; the item's id is the key. */
    public static WatchTarget<KvEntry> key(String key) {
        return new WatchTarget<>(
                "key '" + key + "'", Subject.newBuilder().setKey(key).build(), new Keys());
    }

    /** All keys that start with a prefix, empty: all; an item's id is its key. */
    public static WatchTarget<KvEntry> keyPrefix(String prefix) {
        return new WatchTarget<>(
                "prefix '" + prefix + "'",
                Subject.newBuilder().setKeyPrefix(prefix).build(),
                new Keys());
    }

    /** The instances of a service, with their health; an item's id is {@code node/id}. */
    public static WatchTarget<ServiceInstance> service(String name) {
        return new WatchTarget<>(
                "service '" + name + "'", Subject.newBuilder().setService(name).build(), new Instances());
    }

    /** The instances on a node; an item's id is {@code node/id}. */
    public static WatchTarget<ServiceInstance> instancesOn(String node) {
        return new WatchTarget<>(
                "instances on node '" + node + "'",
                Subject.newBuilder().setNode(node).build(),
                new Instances());
    }

    /** The names of all services; an item's id is the name. */
    public static WatchTarget<ServiceName> services() {
        return new WatchTarget<>(
                "all services",
                Subject.newBuilder()
                        .setAllServices(AllServices.getDefaultInstance())
                        .build(),
                new Services());
    }

    /** All nodes; an item's id is the name. */
    public static WatchTarget<NodeInfo> nodes() {
        return new WatchTarget<>(
                "all nodes",
                Subject.newBuilder().setAllNodes(AllNodes.getDefaultInstance()).build(),
                new Nodes());
    }

    /**
     * The definitions in a flag set, whether there is such a set or not; an item's id is the flag's name, and empty for what
     * the set's flags share.
     */
    public static WatchTarget<FlagDefinition> flagSet(String name) {
        return new WatchTarget<>(
                "flag set '" + name + "'", Subject.newBuilder().setFlagSet(name).build(), new Definitions());
    }

    Subject subject() {
        return subject;
    }

    void items(Items message, Map<String, T> into) {
        reader.items(message, into);
    }

    void change(Change message, BiConsumer<String, @Nullable T> into) {
        reader.change(message, into);
    }

    /** For messages: {@code service 'web'}. */
    @Override
    public String toString() {
        return description;
    }

    private static final class Keys implements Reader<KvEntry> {
        @Override
        public void items(Items message, Map<String, KvEntry> into) {
            message.getKvsList().forEach(kv -> into.put(kv.getKey(), KvEntry.of(kv)));
        }

        @Override
        public void change(Change message, BiConsumer<String, @Nullable KvEntry> into) {
            switch (message.getChangeCase()) {
                case KV -> into.accept(message.getKv().getKey(), KvEntry.of(message.getKv()));
                case KV_DELETED -> into.accept(message.getKvDeleted(), null);
                default -> {}
            }
        }
    }

    private static final class Instances implements Reader<ServiceInstance> {
        @Override
        public void items(Items message, Map<String, ServiceInstance> into) {
            message.getInstancesList()
                    .forEach(instance -> into.put(
                            id(
                                    instance.getService().getNode(),
                                    instance.getService().getId()),
                            ServiceInstance.of(instance)));
        }

        @Override
        public void change(Change message, BiConsumer<String, @Nullable ServiceInstance> into) {
            switch (message.getChangeCase()) {
                case INSTANCE ->
                    into.accept(
                            id(
                                    message.getInstance().getService().getNode(),
                                    message.getInstance().getService().getId()),
                            ServiceInstance.of(message.getInstance()));
                case INSTANCE_REMOVED ->
                    into.accept(
                            id(
                                    message.getInstanceRemoved().getNode(),
                                    message.getInstanceRemoved().getServiceId()),
                            null);
                default -> {}
            }
        }

        private static String id(String node, String serviceId) {
            return node + "/" + serviceId;
        }
    }

    private static final class Services implements Reader<ServiceName> {
        @Override
        public void items(Items message, Map<String, ServiceName> into) {
            message.getServicesList().forEach(service -> into.put(service.getName(), ServiceName.of(service)));
        }

        @Override
        public void change(Change message, BiConsumer<String, @Nullable ServiceName> into) {
            switch (message.getChangeCase()) {
                case SERVICE -> into.accept(message.getService().getName(), ServiceName.of(message.getService()));
                case SERVICE_REMOVED -> into.accept(message.getServiceRemoved(), null);
                default -> {}
            }
        }
    }

    private static final class Definitions implements Reader<FlagDefinition> {
        @Override
        public void items(Items message, Map<String, FlagDefinition> into) {
            message.getFlagsList().forEach(flag -> into.put(flag.getName(), FlagDefinition.of(flag)));
        }

        @Override
        public void change(Change message, BiConsumer<String, @Nullable FlagDefinition> into) {
            switch (message.getChangeCase()) {
                case FLAG -> into.accept(message.getFlag().getName(), FlagDefinition.of(message.getFlag()));
                case FLAG_REMOVED -> into.accept(message.getFlagRemoved(), null);
                default -> {}
            }
        }
    }

    private static final class Nodes implements Reader<NodeInfo> {
        @Override
        public void items(Items message, Map<String, NodeInfo> into) {
            message.getNodesList().forEach(node -> into.put(node.getName(), NodeInfo.of(node)));
        }

        @Override
        public void change(Change message, BiConsumer<String, @Nullable NodeInfo> into) {
            switch (message.getChangeCase()) {
                case NODE -> into.accept(message.getNode().getName(), NodeInfo.of(message.getNode()));
                case NODE_REMOVED -> into.accept(message.getNodeRemoved(), null);
                default -> {}
            }
        }
    }
}
