package dev.coord.server.acl;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The rules about one named resource. An exact rule beats every prefix, a longer prefix a shorter one. Immutable; to find a
 * rule allocates nothing and costs O(log n) and a step for each prefix that contains another.
 */
final class NameRules {

    static final NameRules NONE = new NameRules(Map.of(), new TreeMap<>());

    private final Map<String, Permission> exact;
    /** In order; no two equal. */
    private final String[] prefixes;

    private final Permission[] permissions;
    /** For each prefix the longest other one that it begins with; -1: none. */
    private final int[] shorter;

    private NameRules(Map<String, Permission> exact, SortedMap<String, Permission> byPrefix) {
        this.exact = Map.copyOf(exact);
        prefixes = byPrefix.keySet().toArray(String[]::new);
        permissions = byPrefix.values().toArray(Permission[]::new);
        shorter = new int[prefixes.length];
        for (int i = 0; i < prefixes.length; i++) {
            // What is between a prefix and what begins with it begins with it, too.
            int candidate = i - 1;
            while (candidate >= 0 && !prefixes[i].startsWith(prefixes[candidate])) {
                candidate = shorter[candidate];
            }
            shorter[i] = candidate;
        }
    }

    /** @param rules of one resource, of all policies of a token */
    static NameRules of(List<Rule> rules) {
        if (rules.isEmpty()) {
            return NONE;
        }
        Map<String, Permission> exact = new HashMap<>();
        TreeMap<String, Permission> byPrefix = new TreeMap<>();
        for (Rule rule : rules) {
            (rule.prefix() ? byPrefix : exact)
                    .merge(rule.resource().folded(rule.name()), rule.permission(), Permission::merged);
        }
        return new NameRules(exact, byPrefix);
    }

    /** What the rules say of a name; null: nothing. */
    @Nullable
    Permission of(String name) {
        Permission exactly = exact.isEmpty() ? null : exact.get(name);
        return exactly != null ? exactly : ofPrefix(name);
    }

    /** What the longest prefix of a text says; null: there is none. */
    @Nullable
    Permission ofPrefix(String text) {
        int found = Arrays.binarySearch(prefixes, text);
        int at = found >= 0 ? found : -found - 2;
        while (at >= 0 && !text.startsWith(prefixes[at])) {
            at = shorter[at];
        }
        return at < 0 ? null : permissions[at];
    }

    /** What the rules say of exact names and prefixes that begin with a text. */
    List<Permission> under(String text) {
        List<Permission> found = new ArrayList<>();
        exact.forEach((name, permission) -> {
            if (name.startsWith(text)) {
                found.add(permission);
            }
        });
        int at = Arrays.binarySearch(prefixes, text);
        for (int i = at >= 0 ? at : -at - 1; i < prefixes.length && prefixes[i].startsWith(text); i++) {
            found.add(permissions[i]);
        }
        return found;
    }

    boolean anyUnder(String text, Predicate<Permission> wanted) {
        return under(text).stream().anyMatch(wanted);
    }
}
