package dev.coord.streaming;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The watched prefixes of each topic. Any thread; no locks.
 *
 * <p>To find the prefixes of a key, walk down from the greatest one that is not greater than the key. Where that is no
 * prefix of the key, every prefix still to come is a prefix of what the two have in common, so the walk goes on from
 * there. Each step shortens what is looked for: at most one step for each match and each near miss, of log n each; none
 * where no prefix is watched.
 */
final class PrefixIndex {

    /** Topics are a few names in the program; they stay. */
    private final Map<String, ConcurrentNavigableMap<String, Channel>> topics = new ConcurrentHashMap<>();

    void put(Channel channel) {
        topics.computeIfAbsent(channel.subject.topic(), topic -> new ConcurrentSkipListMap<>())
                .put(channel.subject.key(), channel);
    }

    void remove(Channel channel) {
        Map<String, Channel> prefixes = topics.get(channel.subject.topic());
        if (prefixes != null) {
            prefixes.remove(channel.subject.key(), channel);
        }
    }

    /** Adds the channels whose prefix a key starts with. */
    void collect(String topic, String key, List<Channel> into) {
        ConcurrentNavigableMap<String, Channel> prefixes = topics.get(topic);
        if (prefixes == null) {
            return;
        }
        Map.Entry<String, Channel> candidate = prefixes.floorEntry(key);
        while (candidate != null) {
            String prefix = candidate.getKey();
            int common = commonLength(prefix, key);
            if (common == prefix.length()) {
                into.add(candidate.getValue());
                candidate = prefixes.lowerEntry(prefix);
            } else {
                candidate = prefixes.floorEntry(key.substring(0, common));
            }
        }
    }

    private static int commonLength(String a, String b) {
        int length = Math.min(a.length(), b.length());
        int i = 0;
        while (i < length && a.charAt(i) == b.charAt(i)) {
            i++;
        }
        return i;
    }
}
