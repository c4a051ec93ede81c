package dev.coord.client;

import dev.coord.api.v1.Service;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What to register: an instance of a service, and how soon it counts as dead. Immutable; made by {@link #builder}. */
public final class ServiceRegistration {

    private final Builder values;

    private ServiceRegistration(Builder values) {
        this.values = values;
    }

    /** An instance of a service; its id is the service's name until {@link Builder#id} says another. */
    public static Builder builder(String service) {
        return new Builder(service);
    }

    String service() {
        return values.service;
    }

    String id() {
        return values.id;
    }

    String address() {
        return values.address;
    }

    int port() {
        return values.port;
    }

    List<String> tags() {
        return values.tags;
    }

    Map<String, String> meta() {
        return values.meta;
    }

    Duration ttl() {
        return values.ttl;
    }

    Duration deregisterAfter() {
        return values.deregisterAfter;
    }

    Health health() {
        return values.health;
    }

    Service message(String node) {
        return Service.newBuilder()
                .setNode(node)
                .setId(id())
                .setName(service())
                .setAddress(address())
                .setPort(port())
                .addAllTags(tags())
                .putAllMeta(meta())
                .setWeightPassing(1)
                .setWeightWarning(1)
                .build();
    }

    /** Gathers what is to be registered. Used by one thread. */
    public static final class Builder {

        private final String service;
        private String id;
        private String address = "";
        private int port;
        private List<String> tags = new ArrayList<>();
        private Map<String, String> meta = new LinkedHashMap<>();
        private Duration ttl = Duration.ofSeconds(15);
        private Duration deregisterAfter = Duration.ZERO;
        private Health health = Health.PASSING;

        private Builder(String service) {
            this.service = Objects.requireNonNull(service, "service");
            id = service;
        }

        private Builder(Builder other) {
            service = other.service;
            id = other.id;
            address = other.address;
            port = other.port;
            tags = List.copyOf(other.tags);
            meta = Map.copyOf(other.meta);
            ttl = other.ttl;
            deregisterAfter = other.deregisterAfter;
            health = other.health;
        }

        /** Unique on the client's node: needed when two instances of one service run there. */
        public Builder id(String value) {
            id = value;
            return this;
        }

        /** Where the instance is reached; else at its node's address. */
        public Builder address(String value) {
            address = value;
            return this;
        }

        /** From 0, for none, to 65535. */
        public Builder port(int value) {
            port = value;
            return this;
        }

        /** Adds a tag to choose instances by. */
        public Builder tag(String value) {
            tags.add(value);
            return this;
        }

        /** Adds a metadata pair, of at most 64. */
        public Builder meta(String key, String value) {
            meta.put(key, value);
            return this;
        }

        /**
         * The instance turns critical when nothing was heard of it for this long, by default 15 s. Heartbeats go out three
         * times as often.
         */
        public Builder ttl(Duration value) {
            if (value.compareTo(Duration.ofMillis(300)) < 0) {
                throw new IllegalArgumentException("A TTL of " + value.toMillis() + " ms is below the limit of 300 ms");
            }
            ttl = value;
            return this;
        }

        /** The instance is removed when it was critical for this long; zero, the default: never. At least one minute. */
        public Builder deregisterAfterCritical(Duration value) {
            deregisterAfter = value;
            return this;
        }

        /** The health to begin with, by default PASSING; see {@link Registration#report}. */
        public Builder health(Health value) {
            health = value;
            return this;
        }

        /** What was gathered so far; the builder may be used again. */
        public ServiceRegistration build() {
            return new ServiceRegistration(new Builder(this));
        }
    }
}
