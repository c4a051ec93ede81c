package dev.coord.server.acl;

import dev.coord.server.hcl.HclParser;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads rules, in HCL or JSON.
 *
 * <pre>
 * key "config/db" { policy = "write" }       an exact rule
 * key_prefix "config/" { policy = "read" }   a rule for all that begins so
 * operator = "read"                          a rule for what has no names
 * </pre>
 *
 * In the legacy dialect, of Consul before 1.4, {@code key "config/"} is a prefix.
 */
final class RuleParser {

    private static final String FAILED = "Failed to parse ACL rules: ";
    private static final String PREFIX = "_prefix";

    private final boolean legacy;
    private final List<Rule> rules = new ArrayList<>();

    private RuleParser(boolean legacy) {
        this.legacy = legacy;
    }

    static List<Rule> parse(String text, boolean legacy) throws RuleException {
        Map<String, Object> content;
        try {
            content = new HclParser(text).parse();
        } catch (IllegalArgumentException e) {
            throw new RuleException(FAILED + e.getMessage());
        }
        RuleParser parser = new RuleParser(legacy);
        for (Map.Entry<String, Object> entry : content.entrySet()) {
            parser.read(entry.getKey(), entry.getValue());
        }
        return List.copyOf(parser.rules);
    }

    private void read(String key, Object value) throws RuleException {
        boolean prefix = key.endsWith(PREFIX);
        Optional<Resource> known = Resource.of(prefix ? key.substring(0, key.length() - PREFIX.length()) : key);
        if (known.isEmpty() || (prefix && (legacy || !known.get().named()))) {
            throw new RuleException(FAILED + "unknown resource \"" + key + "\"; known are " + knownResources());
        }
        Resource resource = known.get();
        if (!resource.named()) {
            rules.add(new Rule(resource, "", false, permission(resource, key, value)));
            return;
        }
        for (Map<?, ?> blocks : maps(key, value)) {
            for (Map.Entry<?, ?> block : blocks.entrySet()) {
                String name = String.valueOf(block.getKey());
                String where = key + " \"" + name + "\"";
                rules.add(new Rule(resource, name, prefix || legacy, policyOf(resource, where, block.getValue())));
            }
        }
    }

    private static Permission policyOf(Resource resource, String where, @Nullable Object value) throws RuleException {
        Permission found = null;
        for (Map<?, ?> body : maps(where, value)) {
            for (Map.Entry<?, ?> attribute : body.entrySet()) {
                String name = String.valueOf(attribute.getKey());
                if (name.equals("policy")) {
                    found = permission(resource, where, attribute.getValue());
                } else if (name.equals("intentions") && resource == Resource.SERVICE) {
                    // There is no mesh whose intentions it could be about; it must make sense all the same.
                    permission(resource, where + " intentions", attribute.getValue());
                } else if (name.equals("sentinel")) {
                    throw new RuleException(FAILED + where + ": Sentinel code is not supported; remove the block");
                } else {
                    throw new RuleException(FAILED + where + ": unknown attribute \"" + name + "\"");
                }
            }
        }
        if (found == null) {
            throw new RuleException(FAILED + where + ": policy is missing");
        }
        return found;
    }

    private static Permission permission(Resource resource, String where, @Nullable Object value) throws RuleException {
        Optional<Permission> permission =
                value instanceof String text ? Permission.of(text) : Optional.<Permission>empty();
        if (permission.isEmpty() || (permission.get() == Permission.LIST && resource != Resource.KEY)) {
            throw new RuleException("Invalid " + resource.text() + " policy: " + where + " = \"" + value
                    + "\"; it is read, write" + (resource == Resource.KEY ? ", list" : "") + " or deny");
        }
        return permission.get();
    }

    /** Blocks come as one map or, when there are several, as a list of maps. */
    private static List<Map<?, ?>> maps(String where, @Nullable Object value) throws RuleException {
        List<Map<?, ?>> maps = new ArrayList<>();
        List<?> items = value instanceof List<?> list ? list : value == null ? List.of() : List.of(value);
        for (Object item : items) {
            if (!(item instanceof Map<?, ?> map)) {
                throw new RuleException(FAILED + where + " is not a block: write " + where + " { policy = \"read\" }");
            }
            maps.add(map);
        }
        return maps;
    }

    private static String knownResources() {
        return Arrays.stream(Resource.values())
                .map(resource -> resource.named() ? resource.text() + ", " + resource.text() + PREFIX : resource.text())
                .collect(Collectors.joining(", "));
    }
}
