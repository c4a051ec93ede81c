package dev.coord.server.flags;

import static dev.coord.server.flags.FlagDocumentTest.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.server.LocalConsensus;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.command.FlagAction;
import dev.coord.server.flags.FlagWrites.Written;
import dev.coord.server.state.FlagSetEntry;
import dev.coord.server.state.FlagVersion;
import dev.coord.server.state.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Every write makes the next version of a set, or none. */
class FlagWritesTest {

    private static final String FLAG =
            json("{'state':'ENABLED','variants':{'on':true,'off':false},'defaultVariant':'off'}");
    private static final String ON = FLAG.replace("t\":\"off\"", "t\":\"on\"");

    private final LocalConsensus consensus = new LocalConsensus(() -> 1_000_000, null);
    private final FlagWrites writes = new FlagWrites(consensus, consensus);

    @AfterEach
    void close() {
        writes.close();
    }

    private static Written written(CompletableFuture<Written> write) {
        return write.orTimeout(20, TimeUnit.SECONDS).join();
    }

    private Written putSet(String document, @Nullable Long cas) {
        return written(writes.putSet("web", json(document), cas, "ann"));
    }

    private FlagSetEntry web() {
        return Objects.requireNonNull(consensus.latest().flagSet("web"));
    }

    private String definition(String flag) {
        return Objects.requireNonNull(web().flag(flag)).definition();
    }

    @Test
    void aWholeDocumentChangesOnlyTheFlagsThatDiffer() {
        putSet("{'flags':{'a':" + FLAG + ",'b':" + FLAG + "},'metadata':{'team':'x'}}", null);
        Written second = putSet("{'flags':{'a':" + FLAG + ",'c':" + FLAG + "},'metadata':{'team':'x'}}", null);
        assertThat(second.changed()).containsExactly("b", "c");
        assertThat(Objects.requireNonNull(web().flag("a")).modifyIndex()).isLessThan(second.index());
        assertThat(web().newest().deltas()).extracting(FlagVersion.Delta::name).containsExactly("b", "c");
    }

    @Test
    void toWriteWhatIsThereMakesNoVersion() {
        Written first = putSet("{'flags':{'a':" + FLAG + "}}", null);
        long revision = consensus.latest().revision();
        Written again = putSet("{ 'flags' : {'a':" + FLAG + "}}", null);
        assertThat(again.changed()).isEmpty();
        assertThat(again.index()).isEqualTo(first.index());
        assertThat(consensus.latest().revision()).isEqualTo(revision);
    }

    @Test
    void ofTwoWritersWithOneIndexOneIsToldOfTheConflict() {
        Written first = putSet("{'flags':{'a':" + FLAG + "}}", 0L);
        CompletableFuture<Written> bob = writes.putFlag("web", "a", ON, first.index(), "bob");
        CompletableFuture<Written> eve = writes.putSet("web", "{\"flags\":{}}", first.index(), "eve");
        List<Written> both = List.of(written(bob), written(eve));
        assertThat(both).filteredOn(one -> one.conflict() == null).hasSize(1);
        Written lost =
                both.stream().filter(one -> one.conflict() != null).findFirst().orElseThrow();
        assertThat(lost.conflict())
                .matches("(flag \"a\" of|flag) set \"web\" is at index \\d+, not at " + first.index()
                        + "; (bob|eve) changed the set at 1970-01-01T00:16:40Z; nothing was changed by you");
        assertThat(web().history()).hasSize(2);
    }

    @Test
    void manyWritersWithoutAConditionAllGetTheirFlagIn() {
        List<CompletableFuture<Written>> all = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            all.add(writes.putFlag("web", "f" + i, FLAG, null, "writer " + i));
        }
        all.forEach(one -> assertThat(written(one).conflict()).isNull());
        assertThat(web().flagCount()).isEqualTo(30);
    }

    @Test
    void aBadDefinitionChangesNothing() {
        putSet("{'flags':{'a':" + FLAG + "}}", null);
        State before = consensus.latest();
        for (String bad : List.of("{}", "{", FLAG.replace("false", "0"), FLAG.replace("off\"}", "of\"}"))) {
            assertThatThrownBy(() -> written(writes.putFlag("web", "a", bad, null, "ann")))
                    .isInstanceOf(CompletionException.class)
                    .cause()
                    .isInstanceOf(ConsensusException.class)
                    .hasMessageStartingWith("$.flags.a");
        }
        assertThat(consensus.latest()).isSameAs(before);
    }

    @Test
    void undoTakesOneStepBackAndIsAStepItself() {
        putSet("{'flags':{'a':" + FLAG + "}}", null);
        written(writes.putFlag("web", "a", ON, null, "bob"));
        Written undone = written(writes.undo("web", null, "ann"));
        assertThat(undone.changed()).containsExactly("a");
        assertThat(definition("a")).isEqualTo(FLAG);
        FlagVersion newest = web().newest();
        assertThat(newest.action()).isEqualTo(FlagAction.UNDO);
        assertThat(newest.author()).isEqualTo("ann");
        assertThat(newest.deltas()).containsExactly(new FlagVersion.Delta("a", ON, FLAG));
        written(writes.undo("web", null, "ann"));
        assertThat(definition("a")).isEqualTo(ON);
    }

    @Test
    void undoBringsADeletedSetBackAndTakesANewOneAway() {
        putSet("{'flags':{'a':" + FLAG + "},'metadata':{'team':'x'}}", null);
        FlagSetEntry whole = web();
        written(writes.deleteSet("web", null, "bob"));
        assertThat(consensus.latest().flagSet("web")).isNull();
        written(writes.undo("web", null, "ann"));
        assertThat(web().definitions().keySet()).isEqualTo(whole.definitions().keySet());
        written(writes.putSet("fresh", "{\"flags\":{}}", null, "ann"));
        written(writes.undo("fresh", null, "ann"));
        assertThat(consensus.latest().flagSet("fresh")).isNull();
    }

    @Test
    void theIndexOfASetNeverFallsWhenItGoesAndComes() {
        long first = putSet("{'flags':{}}", null).index();
        long deleted = written(writes.deleteSet("web", first, "ann")).index();
        assertThat(consensus.latest().flagSetIndex("web")).isEqualTo(deleted).isGreaterThan(first);
        assertThat(putSet("{'flags':{}}", 0L).conflict()).isNull();
    }

    @Test
    void theServersOwnSetTakesOnlyFeaturesAndTheirChoices() {
        assertThatThrownBy(() -> written(writes.putFlag("coord", "streeming", FLAG, null, "ann")))
                .hasMessageContaining("$.flags.streeming is no feature of this build: there are streaming, hub-shape");
        assertThatThrownBy(() -> written(writes.putFlag(
                        "coord", "hub-shape", json("{'state':'ENABLED','variants':{'a':'triangle'}}"), null, "ann")))
                .hasMessageContaining("$.flags.hub-shape.variants.a is \"triangle\", which this feature can't be");
        assertThat(written(writes.putFlag("coord", "streaming", FLAG, null, "ann"))
                        .changed())
                .containsExactly("streaming");
    }

    @Test
    void aNameThatIsNoneIsRefused() {
        for (String name : List.of("", "a b", "-a", "x".repeat(129), "a/b")) {
            assertThatThrownBy(() -> writes.putSet(name, "{\"flags\":{}}", null, "ann"))
                    .hasMessageContaining("can't be the name of a flag set");
        }
    }
}
