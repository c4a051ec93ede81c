package dev.coord.server.acl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which rule decides. */
class AuthorizerTest {

    private static Authorizer denyingByDefault(String... policies) throws RuleException {
        return authorizer(false, false, policies);
    }

    private static Authorizer authorizer(boolean byDefault, boolean listsByRule, String... policies)
            throws RuleException {
        List<Rule> rules = new ArrayList<>();
        for (String policy : policies) {
            rules.addAll(RuleParser.parse(policy, false));
        }
        return new Authorizer(List.of(policies), byDefault, listsByRule, rules);
    }

    @ParameterizedTest
    @CsvSource({
        "a,        write",
        "app,      write",
        "app/,     read",
        "app/x,    read",
        "app/db,   deny",
        "app/db/1, read",
        "app/w/,   write",
        "app/w/1,  write",
        "app/w/no, deny",
        "z,        write",
    })
    void theExactRuleBeatsEveryPrefixAndTheLongerPrefixTheShorter(String key, String expected) throws Exception {
        Authorizer may = denyingByDefault("""
                key_prefix "" { policy = "write" }
                key_prefix "app/" { policy = "read" }
                key_prefix "app/w/" { policy = "write" }
                key "app/db" { policy = "deny" }
                key "app/w/no" { policy = "deny" }
                """);

        assertThat(may.mayRead(Resource.KEY, key)).isEqualTo(!expected.equals("deny"));
        assertThat(may.mayWrite(Resource.KEY, key)).isEqualTo(expected.equals("write"));
    }

    @ParameterizedTest
    @CsvSource({
        "deny,  write, deny",
        "write, deny,  deny",
        "read,  write, write",
        "write, read,  write",
        "list,  read,  list",
        "read,  list,  list",
        "read,  read,  read",
        "deny,  deny,  deny",
    })
    void ofTwoPoliciesOnTheSameNameADenialWinsElseTheOneThatGrantsMore(String one, String other, String merged)
            throws Exception {
        Authorizer may = authorizer(
                false, true, "key \"k\" { policy = \"" + one + "\" }", "key \"k\" { policy = \"" + other + "\" }");

        assertThat(may.mayRead(Resource.KEY, "k")).isEqualTo(!merged.equals("deny"));
        assertThat(may.mayWrite(Resource.KEY, "k")).isEqualTo(merged.equals("write"));
        if (merged.equals("list") || merged.equals("write")) {
            may.requireListKeys("k");
        } else {
            assertThatThrownBy(() -> may.requireListKeys("k")).isInstanceOf(AccessException.class);
        }
    }

    @Test
    void whatNoRuleSpeaksOfFollowsTheDefaultPolicyButForTheOperatorsResources() throws Exception {
        Authorizer allows = authorizer(true, false, "key_prefix \"a/\" { policy = \"deny\" }");
        Authorizer denies = denyingByDefault("key_prefix \"a/\" { policy = \"read\" }");

        assertThat(allows.mayWrite(Resource.KEY, "b")).isTrue();
        assertThat(allows.mayRead(Resource.KEY, "a/1")).isFalse();
        assertThat(denies.mayRead(Resource.KEY, "a/1")).isTrue();
        assertThat(denies.mayRead(Resource.KEY, "b")).isFalse();
        for (Resource resource : List.of(Resource.OPERATOR, Resource.KEYRING, Resource.ACL)) {
            assertThat(allows.mayRead(resource)).as(resource.text()).isFalse();
            assertThat(denyingByDefault(resource.text() + " = \"read\"").mayRead(resource))
                    .as(resource.text())
                    .isTrue();
            assertThat(denyingByDefault(resource.text() + " = \"read\"").mayWrite(resource))
                    .as(resource.text())
                    .isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
                    key_prefix "a/" { policy = "write" }                                        | true
                    key_prefix "" { policy = "write" }                                          | true
                    key_prefix "a/b" { policy = "write" }                                       | false
                    key_prefix "" { policy = "write" } key "a/b" { policy = "read" }            | false
                    key_prefix "" { policy = "write" } key_prefix "a/b" { policy = "deny" }     | false
                    key_prefix "" { policy = "write" } key "b" { policy = "deny" }              | true
                    key_prefix "a/" { policy = "read" }                                         | false
                    key "a/" { policy = "write" }                                               | false
                    """)
    void aTreeMayBeDeletedOnlyIfEveryKeyInItMayBeWritten(String rules, boolean allowed) throws Exception {
        assertThat(denyingByDefault(rules).mayWriteKeysUnder("a/")).isEqualTo(allowed);
    }

    @Test
    void aPrefixMayBeFollowedIfAnythingUnderItMayBeRead() throws Exception {
        Authorizer may = denyingByDefault(
                "key \"a/b\" { policy = \"read\" } key_prefix \"c/\" { policy = \"read\" } key \"c/x\" { policy = \"deny\" }");

        assertThat(may.mayReadSomeUnder("a/")).isTrue();
        assertThat(may.mayReadSomeUnder("")).isTrue();
        assertThat(may.mayReadSomeUnder("c/d/")).isTrue();
        assertThat(may.mayReadSomeUnder("b/")).isFalse();
        assertThat(may.mayReadKeysUnder("c/d/")).isTrue();
        assertThat(may.mayReadKeysUnder("c/")).isFalse();
    }

    @Test
    void keysAreListedByTheirOwnRuleOnlyWhereThatIsAsked() throws Exception {
        String rules = "key_prefix \"a/\" { policy = \"read\" } key_prefix \"b/\" { policy = \"list\" }";

        authorizer(false, false, rules).requireListKeys("a/");
        authorizer(false, true, rules).requireListKeys("b/");
        assertThatThrownBy(() -> authorizer(false, true, rules).requireListKeys("a/"))
                .isInstanceOf(AccessException.class)
                .hasMessage("Permission denied");
    }

    @Test
    void authorizersOfTheSamePoliciesAreEqual() throws Exception {
        String rules = "operator = \"read\"";

        assertThat(denyingByDefault(rules)).isEqualTo(denyingByDefault(rules));
        assertThat(denyingByDefault(rules)).isNotEqualTo(authorizer(true, false, rules));
        assertThat(denyingByDefault(rules)).isNotEqualTo(Authorizer.UNRESTRICTED);
    }

    @Test
    void namesOfTheCatalogCountWithoutRegardToCaseAsTheyDoThere() throws Exception {
        Authorizer may = authorizer(
                true,
                false,
                "node \"Db-1\" { policy = \"deny\" } service_prefix \"Secret\" { policy = \"deny\" } key \"K\" { policy = \"deny\" }");

        assertThat(may.mayRead(Resource.NODE, "dB-1")).isFalse();
        assertThat(may.mayRead(Resource.SERVICE, "sEcReT-1")).isFalse();
        assertThat(may.mayRead(Resource.KEY, "k")).isTrue();
        assertThat(may.mayRead(Resource.KEY, "K")).isFalse();
    }

    /** Against the plain reading of the rule: try every prefix, longest first. */
    @Test
    void theQuickSearchFindsWhatTheSlowOneFinds() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            Map<String, Permission> prefixes = new HashMap<>();
            List<Rule> rules = new ArrayList<>();
            for (int i = random.nextInt(12); i > 0; i--) {
                String prefix = name(random);
                Permission permission = List.of(Permission.values()).get(random.nextInt(4));
                if (prefixes.putIfAbsent(prefix, permission) == null) {
                    rules.add(new Rule(Resource.KEY, prefix, true, permission));
                }
            }
            NameRules quick = NameRules.of(rules);
            for (int i = 0; i < 100; i++) {
                String name = name(random);
                Permission slow = null;
                for (int length = name.length(); length >= 0 && slow == null; length--) {
                    slow = prefixes.get(name.substring(0, length));
                }
                assertThat(quick.of(name))
                        .as("seed %d, name \"%s\", rules %s", seed, name, rules)
                        .isEqualTo(slow);
            }
        }
    }

    private static String name(Random random) {
        StringBuilder name = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            name.append((char) ('a' + random.nextInt(2)));
        }
        return name.toString();
    }
}
