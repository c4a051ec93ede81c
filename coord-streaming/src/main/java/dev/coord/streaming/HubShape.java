package dev.coord.streaming;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How a hub shares out its work: one to run, two to compare it with. All keep {@link Hub}'s guarantees. */
public enum HubShape {
    /** A channel for each subject, shared out among threads. */
    SHARDED {
        @Override
        public Hub open(HubOptions options) {
            return new ShardedHub(options);
        }
    },
    /** A channel for each subject, all served by one thread: a hub of one shard is just that. */
    KEYED {
        @Override
        public Hub open(HubOptions options) {
            return new ShardedHub(options.withShards(1));
        }
    },
    /** One list of events and one lock for a topic; every change wakes all who watch anything of the topic. */
    SINGLE {
        @Override
        public Hub open(HubOptions options) {
            return new SingleHub(options);
        }
    };

    public abstract Hub open(HubOptions options);

    /**
     * @param name as in the configuration: {@code sharded}, {@code keyed} or {@code single}
     * @throws IllegalArgumentException for any other name; the message lists the names
     */
    public static HubShape named(String name) {
        for (HubShape shape : values()) {
            if (shape.toString().equals(name)) {
                return shape;
            }
        }
        throw new IllegalArgumentException("no hub shape is named \"" + name + "\"; there are "
                + Arrays.stream(values()).map(HubShape::toString).collect(Collectors.joining(", ")));
    }

    /** The name in the configuration. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
