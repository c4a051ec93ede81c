package dev.coord.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.command.Command;
import dev.coord.server.command.Command.ChangeFlags.Definition;
import dev.coord.server.command.CommandCodec;
import dev.coord.server.command.CommandLimits;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.FlagAction;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What the state makes of changes of flags. */
class FlagSemanticsTest {

    private final StateFixture coord = new StateFixture();

    private CommandResult change(String set, long expected, boolean drop, List<String> remove, Definition... put) {
        Command command = new Command.ChangeFlags(
                set, List.of(put), remove, drop, expected, "ann", drop ? FlagAction.DELETE : FlagAction.PUT);
        // As it comes out of the log.
        return coord.apply(CommandCodec.decode(CommandCodec.encode(command, 0)).command())
                .result();
    }

    private CommandResult put(String set, long expected, String flag, String json) {
        return change(set, expected, false, List.of(), new Definition(flag, json));
    }

    private FlagSetEntry set(String name) {
        return Objects.requireNonNull(coord.state().flagSet(name));
    }

    @Test
    void aChangeAppliesToTheVersionThatItWasMadeForOrNotAtAll() {
        assertThat(put("web", 7, "a", "{}").ok()).isFalse();
        assertThat(coord.state().flagSet("web")).isNull();
        long first = put("web", 0, "a", "{}").revision();
        assertThat(put("web", 0, "b", "{}").ok()).isFalse();
        assertThat(put("web", first, "b", "{}").ok()).isTrue();
        assertThat(set("web").flagCount()).isEqualTo(2);
    }

    @Test
    void aFlagsIndexMovesOnlyWithIt() {
        long first = put("web", 0, "a", "{}").revision();
        long second = put("web", first, "b", "{}").revision();
        assertThat(coord.state().flagIndex("web", "a")).isEqualTo(first);
        assertThat(coord.state().flagIndex("web", "b")).isEqualTo(second);
        assertThat(coord.state().flagIndex("web", "c")).isEqualTo(second);
        assertThat(coord.state().flagSetIndex("web")).isEqualTo(second);
        assertThat(coord.state().flagSetsIndex()).isEqualTo(second);
    }

    @Test
    void theHistoryIsBoundedByCountAndBySizeButForTheNewest() {
        long index = 0;
        for (int i = 0; i < FlagSetEntry.HISTORY_MAX + 5; i++) {
            index = put("web", index, "a", "{\"n\":" + i + "}").revision();
        }
        assertThat(set("web").history()).hasSize(FlagSetEntry.HISTORY_MAX);
        String large = "\"" + "x".repeat(FlagSetEntry.HISTORY_CHARS_MAX / 2) + "\"";
        index = put("web", index, "a", large).revision();
        index = put("web", index, "a", large + " ").revision();
        assertThat(set("web").history()).hasSize(1);
        assertThat(set("web").newest().revision()).isEqualTo(index);
    }

    @Test
    void oneSetTooManyIsRefusedByName() {
        for (int i = 0; i < CommandLimits.FLAG_SETS_MAX; i++) {
            assertThat(change("s" + i, 0, false, List.of()).ok()).isTrue();
        }
        CommandResult refused = change("one-more", 0, false, List.of());
        assertThat(refused.ok()).isFalse();
        assertThat(Objects.requireNonNull(refused.rejection()).message())
                .isEqualTo("there are 1000 flag sets already, the limit: delete one that nobody needs");
        long index = coord.state().flagSetIndex("s0");
        assertThat(change("s0", index, true, List.of()).ok()).isTrue();
        assertThat(change("one-more", 0, false, List.of()).ok()).isTrue();
    }

    @Test
    void ofDeletedSetsTheOldestAreForgottenAndNoIndexFalls() {
        long firstGone = 0;
        for (int i = 0; i <= State.GONE_FLAG_SETS_MAX; i++) {
            long made = change("s" + i, 0, false, List.of()).revision();
            long gone = change("s" + i, made, true, List.of()).revision();
            firstGone = i == 0 ? gone : firstGone;
        }
        assertThat(coord.state().flagSetOrGone("s0")).isNull();
        assertThat(coord.state().flagSetOrGone("s1")).isNotNull();
        assertThat(coord.state().flagSetIndex("s0")).isEqualTo(firstGone);
        assertThat(coord.state().flagSetIndex("never")).isEqualTo(firstGone);
    }

    @Test
    void everythingComesBackFromASnapshot() throws IOException {
        long index = put("web", 0, "a", "{\"v\":1}").revision();
        index = put("web", index, FlagSetEntry.SHARED, "{\"metadata\":{}}").revision();
        change("web", index, false, List.of("a"), new Definition("b", "{}"));
        long made = change("gone", 0, false, List.of()).revision();
        change("gone", made, true, List.of());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SnapshotCodec.write(coord.state(), out);
        State back = SnapshotCodec.read(new ByteArrayInputStream(out.toByteArray()));
        assertThat(back).isEqualTo(coord.state());
        assertThat(back.flagTable()).isEqualTo(coord.state().flagTable());
        assertThat(back.flagSetOrGone("gone")).isNotNull();
        assertThat(back.flagSet("gone")).isNull();
    }

    @Test
    void eachDefinitionIsAChangeOfItsOwn() {
        long index = put("web", 0, "a", "{}").revision();
        Transition transition = coord.apply(new Command.ChangeFlags(
                "web", List.of(new Definition("b", "{}")), List.of("a"), false, index, "ann", FlagAction.PUT));
        assertThat(transition.changes()).hasSize(3);
        assertThat(transition.changes().get(0))
                .isInstanceOfSatisfying(
                        Change.Flag.class, gone -> assertThat(gone.after()).isNull());
        assertThat(transition.changes().get(2)).isInstanceOf(Change.FlagSet.class);
    }
}
