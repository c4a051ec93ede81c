package dev.coord.streaming;

import java.util.Objects;

/**
 * One change as the publisher names it; the hub finds the subjects that it touches.
 *
 * @param topic the kind of thing that changed
 * @param key the thing that changed
 * @param change opaque to the hub; immutable
 * @param bytes about how much memory the change holds on to; counts against a channel's bound
 */
public record Publication(String topic, String key, Object change, int bytes) {

    public Publication {
        Objects.requireNonNull(topic, "topic");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(change, "change");
    }
}
