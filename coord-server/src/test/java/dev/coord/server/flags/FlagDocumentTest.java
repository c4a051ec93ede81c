package dev.coord.server.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.server.command.ConsensusException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A document that flagd could not evaluate is refused, with the place and the rule. */
class FlagDocumentTest {

    private static final String BOOLEAN = "'state':'ENABLED','variants':{'on':true,'off':false},'defaultVariant':'off'";

    static String json(String text) {
        return text.replace('\'', '"');
    }

    private static String flag(String members) {
        return "{'flags':{'f':{" + members + "}}}";
    }

    private static String targeting(String rule) {
        return flag(BOOLEAN + ",'targeting':" + rule);
    }

    static Stream<Arguments> bad() {
        return Stream.of(
                Arguments.of("", "$ is no JSON"),
                Arguments.of("[]", "$ must be an object, is an array"),
                Arguments.of(
                        "{'flags':{'f':{'state':'ENABLED',}}}",
                        "$.flags.f.state is no JSON: Expected name at line 1 column 35"),
                Arguments.of("{} {}", "$"),
                Arguments.of("{}", "$.flags is missing"),
                Arguments.of("{'flags':{},'flag':{}}", "$.flag is not known"),
                Arguments.of("{'flags':{'f':{},'f':{}}}", "$.flags.f stands there twice"),
                Arguments.of("{'flags':{'f':7}}", "$.flags.f must be an object, is a number"),
                Arguments.of("{'flags':{'':{" + BOOLEAN + "}}}", "$.flags[\"\"] has a name of 0 characters"),
                Arguments.of(
                        flag("'variants':{'on':true}"),
                        "$.flags.f.state must be \"ENABLED\" or \"DISABLED\", is missing"),
                Arguments.of(
                        flag("'state':'enabled','variants':{'on':true}"),
                        "$.flags.f.state must be \"ENABLED\" or \"DISABLED\", is \"enabled\""),
                Arguments.of(flag("'state':'ENABLED'"), "$.flags.f.variants is missing"),
                Arguments.of(flag("'state':'ENABLED','variants':{}"), "$.flags.f.variants has 0 variants"),
                Arguments.of(
                        flag("'state':'ENABLED','variants':{'a':'x','b':1}"),
                        "$.flags.f.variants.b is a number, but variant \"a\" is a string: all variants of a flag have one type"),
                Arguments.of(
                        flag("'state':'ENABLED','variants':{'a':[1]}"),
                        "$.flags.f.variants.a must be a boolean, a string, a number or an object, is an array"),
                Arguments.of(
                        flag("'state':'ENABLED','variants':{'a':1},'defaultVariant':'b'"),
                        "$.flags.f.defaultVariant names the variant \"b\", which the flag does not have: it has a"),
                Arguments.of(flag(BOOLEAN + ",'defaultVarient':'on'"), "$.flags.f.defaultVarient is not known"),
                Arguments.of(flag(BOOLEAN + ",'metadata':{'a':{}}"), "$.flags.f.metadata.a must be a string"),
                Arguments.of("{'flags':{},'metadata':{'a b':null}}", "$.metadata[\"a b\"] must be a string"),
                Arguments.of(targeting("'on'"), "$.flags.f.targeting must be an object, is a string"),
                Arguments.of(targeting("{'iff':[true,'on']}"), "$.flags.f.targeting.iff is no operation: there are"),
                Arguments.of(targeting("{'if':[true,'on'],'or':[1]}"), "$.flags.f.targeting has the members [if, or]"),
                Arguments.of(
                        targeting("{'if':[{'==':[1]},'on']}"),
                        "$.flags.f.targeting.if[0][\"==\"] has 1 arguments, takes 2"),
                Arguments.of(
                        targeting("{'if':[true,'maybe','off']}"),
                        "$.flags.f.targeting.if[1] names the variant \"maybe\", which the flag does not have"),
                Arguments.of(
                        targeting("{'if':[true,'on',{'if':[false,'off','none']}]}"),
                        "$.flags.f.targeting.if[2].if[2] names the variant \"none\""),
                Arguments.of(
                        targeting("{'in':['a',{'var':'x'}]}"),
                        "$.flags.f.targeting.in names the variant \"true\", which the flag does not have"),
                Arguments.of(targeting("{'if':[true,1]}"), "$.flags.f.targeting.if[1] comes to the number 1"),
                Arguments.of(
                        targeting("{'fractional':[['on',50],['of',50]]}"),
                        "$.flags.f.targeting.fractional[1] names the variant \"of\""),
                Arguments.of(
                        targeting("{'fractional':[['on',-1],['off',50]]}"),
                        "$.flags.f.targeting.fractional[0][1] must be a whole number from 0"),
                Arguments.of(
                        targeting("{'fractional':[['on',0],['off',0]]}"),
                        "$.flags.f.targeting.fractional has weights of 0 all together"),
                Arguments.of(targeting("{'fractional':[{'var':'x'}]}"), "$.flags.f.targeting.fractional has no parts"),
                Arguments.of(
                        targeting("{'if':[{'sem_ver':[{'var':'v'},'>=','one']},'on']}"),
                        "$.flags.f.targeting.if[0].sem_ver[2] is no semantic version: \"one\""),
                Arguments.of(
                        targeting("{'if':[{'sem_ver':[{'var':'v'},'=>','1.0.0']},'on']}"),
                        "$.flags.f.targeting.if[0].sem_ver[1] is no comparison: \"=>\""),
                Arguments.of(
                        targeting("{'if':[{'$ref':'nobody'},'on']}"),
                        "$.flags.f.targeting.if[0].$ref names the evaluator \"nobody\", which is not in $evaluators"),
                Arguments.of(
                        "{'flags':{},'$evaluators':{'a':{'$ref':'b'},'b':{'==':[1,1]}}}",
                        "$.$evaluators.a is a reference in an evaluator"),
                Arguments.of(
                        "{'flags':{'f':{" + BOOLEAN
                                + ",'targeting':{'$ref':'r'}}},'$evaluators':{'r':{'if':[true,'yes']}}}",
                        "$.flags.f.targeting ($.$evaluators.r).if[1] names the variant \"yes\""),
                Arguments.of(
                        targeting("{'if':[{'all':[1,{'var':''}]},'on','off']}"),
                        "$.flags.f.targeting fails whatever the context is: first argument to all must be a valid array"),
                Arguments.of(
                        targeting("{'if':[{'var':'x'},{'if':[{'none':[1,{'var':''}]},'on']},'off']}"),
                        "$.flags.f.targeting.if[1].if[0] fails whatever the context is"),
                Arguments.of(flag(BOOLEAN + ",'metadata':{'a':'\\ud800'}"), "half a surrogate pair"),
                Arguments.of("{'flags':" + "[".repeat(100), "deeper than the limit of 64"));
    }

    @ParameterizedTest
    @MethodSource("bad")
    void aBadDocumentIsRefusedWithItsPlaceAndRule(String document, String message) {
        assertThatThrownBy(() -> FlagDocument.parse(json(document)))
                .isInstanceOfSatisfying(ConsensusException.class, refused -> assertThat(refused.reason())
                        .isEqualTo(ConsensusException.Reason.INVALID))
                .hasMessageContaining(message);
    }

    @Test
    void aRuleThatFailsOnlyWithoutAnAttributeIsTaken() {
        String rule = "{'fractional':[{'cat':[{'var':'$flagd.flagKey'},{'var':'user.mail'}]},['on',1],['off',99]]}";
        assertThat(FlagDocument.parse(json(targeting(rule))).flags()).containsKey("f");
    }

    @Test
    void aSetAboveOneMebibyteIsRefusedAndOneBelowIsNot() {
        String large = "x".repeat(1024 * 1024 - 200);
        String fits = flag("'state':'ENABLED','variants':{'a':'" + large + "'}");
        assertThat(FlagDocument.parse(json(fits)).flags()).containsKey("f");
        assertThatThrownBy(() -> FlagDocument.parse(json(fits.replace("'a':'", "'a':'" + "y".repeat(300)))))
                .hasMessageMatching("\\$ is too large: \\d+ bytes without needless spaces, at most 1048576");
    }

    @Test
    void referencesThatWouldMakeGigabytesAreRefusedWithoutMakingThem() {
        StringBuilder document = new StringBuilder(
                "{'$evaluators':{'big':{'in':[{'var':'x'},'" + "z".repeat(500_000) + "']}},'flags':{");
        for (int i = 0; i < 3_000; i++) {
            document.append(i == 0 ? "" : ",")
                    .append("'f" + i + "':{'state':'DISABLED','variants':{'true':true},'targeting':{'$ref':'big'}}");
        }
        assertThatThrownBy(() -> FlagDocument.parse(json(document + "}}")))
                .hasMessageContaining("with its references to $evaluators replaced, at most 3145728");
    }

    @Test
    void clientsAreSentReferencesReplaced() {
        FlagDocument document = FlagDocument.parse(json("{'$evaluators':{'now':{'<':[{'var':'$flagd.timestamp'},9]}},"
                + "'flags':{'f':{" + BOOLEAN + ",'targeting':{'if':[{'$ref':'now'},'on']}}}}"));
        assertThat(document.resolvedJson().toString())
                .contains(json("'targeting':{'if':[{'<':[{'var':'$flagd.timestamp'},9]},'on']}"))
                .doesNotContain("$evaluators");
        assertThat(document.json().toString()).contains("$evaluators").contains("$ref");
    }
}
