package dev.coord.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.command.Layout.Place;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayoutTest {

    private static Layout of(String... zones) {
        List<Place> places = new ArrayList<>();
        for (String zone : zones) {
            places.add(new Place("s" + places.size(), "127.0.0.1:" + places.size(), zone, true, true));
        }
        return new Layout(places);
    }

    private static Layout with(Layout layout, boolean voter, boolean answers) {
        List<Place> places = new ArrayList<>(layout.places());
        places.add(new Place("more", "127.0.0.1:99", "", voter, answers));
        return new Layout(places);
    }

    @Test
    void aMajorityIsOfTheVotersAndOnlyThoseThatAnswerCount() {
        assertThat(of("", "", "").words()).isEqualTo("3 voters, survives the loss of 1");
        assertThat(with(of("", ""), true, false).words())
                .isEqualTo("3 voters (1 does not answer), survives the loss of 0 more");
        assertThat(with(of("", "", ""), false, false).words())
                .isEqualTo("3 voters and 1 learner, survives the loss of 1");
        assertThat(with(of(""), true, false).words()).isEqualTo("2 voters (1 does not answer), without a majority");
    }

    @Test
    void aZoneSurvivesWhenTheOthersAreAMajority() {
        Layout layout = of("a", "a", "b");

        assertThat(layout.zones()).containsExactly("a", "b");
        assertThat(layout.survivesZone("a")).isFalse();
        assertThat(layout.survivesZone("b")).isTrue();
    }

    @Test
    void lessToSpareOrAZoneThatMayNotFailAnyMoreIsWorse() {
        assertThat(of("", "").worseThan(of("", "", ""))).contains("survive the loss of 0", "that of 1 now");
        assertThat(of("", "", "", "").worseThan(of("", "", ""))).isNull();
        assertThat(of("a", "b", "c", "a").worseThan(of("a", "b", "c"))).contains("loss of zone a would stop it");
        assertThat(of("a", "b", "c", "d").worseThan(of("a", "b", "c"))).isNull();
        assertThat(with(of(""), true, false).worseThan(of("", ""))).contains("nothing could be written any more");
        assertThat(of("", "").worseThan(with(of("", ""), true, false)))
                .as("a dead one gone")
                .isNull();
    }
}
