package dev.coord.server.acl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rules as texts. */
class RuleParserTest {

    private static final List<Rule> EVERY_KIND = List.of(
            new Rule(Resource.KEY, "app/db", false, Permission.WRITE),
            new Rule(Resource.KEY, "app/secret/", true, Permission.DENY),
            new Rule(Resource.KEY, "app/", true, Permission.LIST),
            new Rule(Resource.SERVICE, "", true, Permission.READ),
            new Rule(Resource.FLAG, "web", false, Permission.WRITE),
            new Rule(Resource.OPERATOR, "", false, Permission.READ));

    @Test
    void hclIsRead() throws Exception {
        assertThat(RuleParser.parse("""
                        # What the web application may do.
                        key "app/db" { policy = "write" }
                        key_prefix "app/secret/" { policy = "deny" }
                        key_prefix "app/" {
                          policy = "list"
                        }
                        service_prefix "" { policy = "read" intentions = "read" }
                        flag "web" { policy = "write" }
                        operator = "read"
                        """, false)).containsExactlyInAnyOrderElementsOf(EVERY_KIND);
    }

    @Test
    void jsonIsRead() throws Exception {
        assertThat(RuleParser.parse("""
                        {
                          "key": {"app/db": {"policy": "write"}},
                          "key_prefix": {"app/secret/": {"policy": "deny"}, "app/": [{"policy": "list"}]},
                          "service_prefix": [{"": {"policy": "read", "intentions": "read"}}],
                          "flag": {"web": {"policy": "write"}},
                          "operator": "read"
                        }""", false)).containsExactlyInAnyOrderElementsOf(EVERY_KIND);
    }

    @Test
    void inTheLegacyDialectEveryNameIsAPrefix() throws Exception {
        String rules = "key \"app/\" { policy = \"read\" } service \"\" { policy = \"write\" } keyring = \"deny\"";

        assertThat(RuleParser.parse(rules, true))
                .containsExactly(
                        new Rule(Resource.KEY, "app/", true, Permission.READ),
                        new Rule(Resource.SERVICE, "", true, Permission.WRITE),
                        new Rule(Resource.KEYRING, "", false, Permission.DENY));
        assertThat(AclRules.translated(rules)).isEqualTo("""
                        key_prefix "app/" {
                          policy = "read"
                        }

                        service_prefix "" {
                          policy = "write"
                        }

                        keyring = "deny\"""");
    }

    @Test
    void noRulesAreRules() throws Exception {
        assertThat(RuleParser.parse("", false)).isEmpty();
        assertThat(RuleParser.parse("{}", false)).isEmpty();
        assertThat(RuleParser.parse(" # nothing\n", false)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
                    kye "a" { policy = "read" }            | unknown resource "kye"
                    operator_prefix "a" { policy = "read" }| unknown resource "operator_prefix"
                    key "a" { policy = "reed" }            | Invalid key policy: key "a" = "reed"
                    service "a" { policy = "list" }        | Invalid service policy
                    operator = "list"                      | Invalid operator policy
                    operator { policy = "read" }           | Invalid operator policy
                    key "a" { }                            | key "a": policy is missing
                    key "a" { polizy = "read" }            | unknown attribute "polizy"
                    key "a" { sentinel { code = "x" } }    | Sentinel code is not supported
                    key = "read"                           | key is not a block
                    key "a" { policy =                     | Failed to parse ACL rules: line 1
                    {"key": {"a": "read"}}                 | is not a block
                    """)
    void whatMakesNoSenseIsNamed(String rules, String message) {
        assertThatThrownBy(() -> RuleParser.parse(rules, false))
                .isInstanceOf(RuleException.class)
                .hasMessageContaining(message);
    }
}
