package dev.coord.server.http.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The expression language, as Consul 1.8.7 answers the same expressions. */
class FilterTest {

    private record Part(String name, int size) {}

    private record Thing(
            String name, int port, boolean on, List<String> tags, Map<String, String> meta, List<Part> parts) {}

    private static final Fields<Part> PART =
            Fields.<Part>describe().text("Name", Part::name).number("Size", Part::size);
    private static final Fields<Thing> THING = Fields.<Thing>describe()
            .text("Name", Thing::name)
            .number("Port", Thing::port)
            .flag("On", Thing::on)
            .texts("Tags", Thing::tags)
            .textMap("Meta", Thing::meta)
            .children("Parts", Thing::parts, PART)
            .childMap("ByName", thing -> Map.of("first", thing.parts().get(0)), PART);
    private static final Thing WEB = new Thing(
            "web-1",
            80,
            true,
            List.of("a", "b"),
            Map.of("env", "prod", "build-id", "7"),
            List.of(new Part("x", 1), new Part("y", 2)));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Name == \"web-1\"",
                "Name==`web-1`",
                "Name != web",
                "Name matches \"^web-[0-9]$\"",
                "Name not matches `^db`",
                "Name contains \"eb\"",
                "web in Name",
                "db not in Name",
                "Port == 80",
                "Port != 81",
                "On == true",
                "a in Tags",
                "Tags contains b",
                "c not in Tags",
                "Tags not contains c",
                "Tags is not empty",
                "Meta.env == prod",
                "Meta[\"build-id\"] == 7",
                "Meta.none != prod",
                "env in Meta",
                "Meta is not empty",
                "Parts.Name == x",
                "Parts.Name != x",
                "Parts is not empty",
                "ByName.first.Size == 1",
                "not Name == web",
                "(Name == web or Port == 80) and On == true",
                "Name == web and On == false or Port == 80",
                "not (Name == web and Port == 80)",
                "Name == \"with \\\"quotes\\\"\" or On == true"
            })
    void matches(String expression) {
        assertThat(Filter.parse(expression, THING).test(WEB)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Name == web",
                "Port == 81",
                "On == false",
                "c in Tags",
                "Tags is empty",
                "Meta.none == prod",
                "none in Meta",
                "Parts.Name == z",
                "ByName.second.Size == 1",
                "Name == web or Port == 81 and On == true",
                "not On == true"
            })
    void doesNotMatch(String expression) {
        assertThat(Filter.parse(expression, THING).test(WEB)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Foo == 1|Selector \"Foo\" is not valid",
                "Parts.Foo == 1|Selector \"Parts.Foo\" is not valid",
                "Name.More == 1|Selector \"Name.More\" is not valid",
                "Port == abc|Failed to coerce value \"abc\" for selector \"Port\"",
                "On == 7|Failed to coerce value \"7\" for selector \"On\"",
                "Port is empty|Invalid match operator \"Is Empty\" for selector \"Port\"",
                "Name is not empty|Invalid match operator \"Is Not Empty\" for selector \"Name\"",
                "Tags == a|Invalid match operator \"Equal\" for selector \"Tags\"",
                "Name matches \"[\"|Failed to compile regular expression \"[\"",
                "Name == web and|found the end",
                "Name|found the end",
                "Name > 5|1:6 (5)",
                "(Name == web|found the end",
                "Name == web)|found \")\"",
                "\"Name\" == web|expected a selector",
                "Name == \"open|1:9 (8): the string is not closed"
            })
    void saysWhatIsWrong(String expression, String words) {
        assertThatThrownBy(() -> Filter.parse(expression, THING))
                .isInstanceOf(FilterException.class)
                .hasMessageContaining(words);
    }

    @Test
    void isBoundedInLengthAndDepth() {
        String deep = "(".repeat(100) + "Port == 80" + ")".repeat(100);
        assertThatThrownBy(() -> Filter.parse(deep, THING)).hasMessageContaining("deeper than 64");
        assertThatThrownBy(() -> Filter.parse("x".repeat(Filter.CHARS_MAX + 1), THING))
                .hasMessageContaining("longer than 8192");
    }

    @Test
    void aHostileExpressionTakesNoLongerThanItsText() {
        Thing long1 = new Thing("a".repeat(500), 0, false, List.of(), Map.of(), List.of(new Part("x", 1)));

        assertThat(Filter.parse("Name matches \"^(a+)+$b\"", THING).test(long1)).isFalse();
    }
}
