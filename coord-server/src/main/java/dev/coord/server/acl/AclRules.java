package dev.coord.server.acl;

import java.util.List;
import java.util.stream.Collectors;

/** Rules as clients write them, before they are stored. Safe from any thread. */
public final class AclRules {

    private AclRules() {}

    /**
     * Returns when they can be read.
     *
     * @param legacy in the dialect from before Consul 1.4
     */
    public static void check(String rules, boolean legacy) throws RuleException {
        List<Rule> unused = RuleParser.parse(rules, legacy);
    }

    /** Legacy rules in today's dialect. */
    public static String translated(String legacyRules) throws RuleException {
        return RuleParser.parse(legacyRules, true).stream().map(AclRules::text).collect(Collectors.joining("\n\n"));
    }

    private static String text(Rule rule) {
        String resource = rule.resource().text();
        String permission = '"' + rule.permission().text() + '"';
        if (!rule.resource().named()) {
            return resource + " = " + permission;
        }
        String name = rule.name().replace("\\", "\\\\").replace("\"", "\\\"");
        return resource + (rule.prefix() ? "_prefix" : "") + " \"" + name + "\" {\n  policy = " + permission + "\n}";
    }
}
