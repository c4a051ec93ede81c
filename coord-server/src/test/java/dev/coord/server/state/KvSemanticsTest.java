package dev.coord.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.coord.server.command.Command;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Keys, compare-and-swap, order and the indexes that deletions leave. */
class KvSemanticsTest {

    private final StateFixture coord = new StateFixture();

    @Test
    void theFirstKeyNeverGetsModifyIndexOne() {
        assertThat(State.empty().revision()).isEqualTo(1);
        coord.put("a", "x");
        assertThat(coord.key("a").modifyIndex()).isEqualTo(2);
        assertThat(coord.key("a").createIndex()).isEqualTo(2);
    }

    @Test
    void anIdenticalPutChangesNothing() {
        coord.put("a", "x");
        Transition again = coord.put("a", "x");
        assertThat(again.result().ok()).isTrue();
        assertThat(again.changes()).isEmpty();
        assertThat(coord.key("a").modifyIndex()).isEqualTo(2);
        assertThat(coord.state().revision()).isEqualTo(3);
    }

    @Test
    void otherFlagsAreAChange() {
        coord.put("a", "x");
        coord.apply(new Command.KvPut("a", ByteString.copyFromUtf8("x"), -1L, null, null, null));
        assertThat(coord.key("a").modifyIndex()).isEqualTo(3);
        assertThat(coord.key("a").flags()).isEqualTo(-1L);
    }

    @Test
    void casZeroOnlyCreates() {
        assertThat(coord.cas("a", "x", 0L)).isTrue();
        assertThat(coord.cas("a", "y", 0L)).isFalse();
        assertThat(coord.key("a").value().toStringUtf8()).isEqualTo("x");
    }

    @Test
    void casNeedsTheKeyAtThatIndex() {
        assertThat(coord.cas("a", "x", 5L)).isFalse();
        coord.put("a", "x");
        long index = coord.key("a").modifyIndex();
        assertThat(coord.cas("a", "y", index - 1)).isFalse();
        assertThat(coord.cas("a", "y", index)).isTrue();
        assertThat(coord.cas("a", "z", index)).isFalse();
        assertThat(coord.key("a").value().toStringUtf8()).isEqualTo("y");
    }

    @Test
    void deletingWhatIsNotThereSucceedsAndChangesNothing() {
        for (@Nullable Long cas : new Long[] {null, 0L, 7L}) {
            Transition deleted = coord.apply(new Command.KvDelete("none", cas));
            assertThat(deleted.result().ok()).isTrue();
            assertThat(deleted.changes()).isEmpty();
        }
        assertThat(coord.state().kvIndex("none")).isEqualTo(1);
    }

    @Test
    void deleteCasNeedsTheIndex() {
        coord.put("a", "x");
        assertThat(coord.apply(new Command.KvDelete("a", 0L)).result().ok()).isFalse();
        assertThat(coord.apply(new Command.KvDelete("a", 9L)).result().ok()).isFalse();
        assertThat(coord.apply(new Command.KvDelete("a", 2L)).result().ok()).isTrue();
        assertThat(coord.state().kv("a")).isNull();
    }

    @Test
    void aDeletionLeavesItsRevisionOnTheKeyAndOnEveryListAboveIt() {
        coord.put("d/1", "x");
        coord.put("d/2", "x");
        coord.put("e", "x");
        coord.apply(new Command.KvDelete("d/2", null));
        assertThat(coord.state().kvIndex("d/2")).isEqualTo(5);
        assertThat(coord.state().kvPrefixIndex("d/")).isEqualTo(5);
        assertThat(coord.state().kvPrefixIndex("")).isEqualTo(5);
        assertThat(coord.state().kvPrefixIndex("e")).isEqualTo(4);
        assertThat(coord.state().kvPrefixIndex("f")).isEqualTo(1);
    }

    @Test
    void deleteTreeDeletesWhatStartsWithThePrefixAndTellsEachKey() {
        coord.put("d", "x");
        coord.put("d/1", "x");
        coord.put("d/2", "x");
        coord.put("e", "x");
        Transition deleted = coord.apply(new Command.KvDeleteTree("d/"));
        assertThat(deleted.changes())
                .extracting(change -> ((Change.Kv) change).key())
                .containsExactly("d/1", "d/2");
        assertThat(coord.keys("")).containsExactly("d", "e");
    }

    @Test
    void keysAreOrderedByTheirUtf8Bytes() {
        String pair = new String(Character.toChars(0x1F600));
        coord.put(pair, "x");
        coord.put("\uFF5E", "x");
        coord.put("z", "x");
        coord.put("\uD7FF", "x");
        assertThat(coord.keys("")).containsExactly("z", "\uD7FF", "\uFF5E", pair);
    }

    @Test
    void aScanStartsAfterAKeyAndStopsWhenToldTo() {
        List.of("a", "b/1", "b/2", "b/3", "c").forEach(key -> coord.put(key, "x"));
        List<String> seen = new ArrayList<>();
        coord.state().kvScan("b/", "b/1", entry -> {
            seen.add(entry.key());
            return false;
        });
        assertThat(seen).containsExactly("b/2");
        assertThat(coord.keysAfter("b/", "a")).containsExactly("b/1", "b/2", "b/3");
        assertThat(coord.keysAfter("b/", "b/3")).isEmpty();
        assertThat(coord.keysAfter("b/", "c")).isEmpty();
    }

    @Test
    void beyondTheBoundOfTombstonesTheFloorRisesAndNoIndexFalls() {
        for (int i = 0; i <= State.TOMBSTONES_MAX; i++) {
            coord.put("k" + i, "x");
        }
        coord.apply(new Command.KvDelete("k7", null));
        long seventh = coord.state().kvIndex("k7");
        coord.apply(new Command.KvDeleteTree("k"));
        assertThat(coord.state().kvIndex("k7")).isGreaterThanOrEqualTo(seventh);
        assertThat(coord.state().kvPrefixIndex("other")).isEqualTo(seventh);
        assertThat(coord.state().kvPrefixIndex("k")).isEqualTo(coord.state().revision());
    }
}
