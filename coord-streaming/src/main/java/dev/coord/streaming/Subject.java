package dev.coord.streaming;

import java.util.Objects;

/**
 * What somebody watches: one key of a topic, or all keys of a topic that start with a prefix.
 *
 * @param topic a kind of thing, like {@code kv} or {@code service}
 * @param key the thing, or the start of its name
 * @param prefix true: every key that starts with {@code key}
 */
public record Subject(String topic, String key, boolean prefix) {

    public Subject {
        Objects.requireNonNull(topic, "topic");
        Objects.requireNonNull(key, "key");
    }

    public static Subject exact(String topic, String key) {
        return new Subject(topic, key, false);
    }

    public static Subject prefix(String topic, String key) {
        return new Subject(topic, key, true);
    }

    /** Whether a change concerns who watches this. */
    public boolean covers(Publication publication) {
        return topic.equals(publication.topic())
                && (prefix
                        ? publication.key().startsWith(key)
                        : publication.key().equals(key));
    }
}
