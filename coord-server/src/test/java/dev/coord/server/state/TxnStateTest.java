package dev.coord.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.coord.server.command.Command;
import dev.coord.server.command.SessionEntry.Behavior;
import dev.coord.server.command.TxnOp;
import dev.coord.server.command.TxnOp.Verb;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Transactions: all or nothing, and one change for each thing. */
class TxnStateTest {

    private final StateFixture coord = new StateFixture();

    @Test
    void aKeySetTwiceChangesOnce() {
        coord.put("a", "0");
        Transition transition = txn(kv(Verb.SET, "a", "1"), kv(Verb.SET, "b", "1"), kv(Verb.SET, "a", "2"));
        assertThat(transition.changes()).hasSize(2);
        Change.Kv change = (Change.Kv) transition.changes().get(0);
        assertThat(Objects.requireNonNull(change.before()).value().toStringUtf8())
                .isEqualTo("0");
        assertThat(Objects.requireNonNull(change.after()).value().toStringUtf8())
                .isEqualTo("2");
    }

    @Test
    void aKeyThatComesAndGoesDoesNotChange() {
        assertThat(txn(kv(Verb.SET, "a", "1"), kv(Verb.DELETE, "a", "")).changes())
                .isEmpty();
        assertThat(coord.state().kv("a")).isNull();
    }

    @Test
    void whatFailsLeavesEverythingAsItWasAndCountsARevision() {
        long before = coord.state().revision();
        Transition transition = txn(kv(Verb.SET, "a", "1"), kv(Verb.GET, "missing", ""));
        assertThat(transition.result().ok()).isFalse();
        assertThat(transition.changes()).isEmpty();
        assertThat(coord.keys("")).isEmpty();
        assertThat(coord.state().revision()).isEqualTo(before + 1);
    }

    @Test
    void aLockDelayIsToldBeforeAnythingIsTried() {
        coord.apply(new Command.Register(SampleState.node("n1"), null, List.of(), false));
        coord.apply(new Command.CreateSession(SampleState.session("s1", "n1", Behavior.RELEASE)));
        coord.apply(new Command.CreateSession(SampleState.session("s2", "n1", Behavior.RELEASE)));
        TxnOp lock = new TxnOp.Kv(Verb.LOCK, "a", ByteString.EMPTY, 0, 0, "s1");
        assertThat(txn(lock).result().ok()).isTrue();
        coord.apply(new Command.DestroySession("s1"));
        Transition refused =
                txn(new TxnOp.Kv(Verb.LOCK, "a", ByteString.EMPTY, 0, 0, "s2"), kv(Verb.GET, "missing", ""));
        assertThat(Objects.requireNonNull(refused.result().txn()).getErrorsList())
                .extracting(error -> error.getIndex() + " " + error.getWhat())
                .containsExactly("0 failed to lock key \"a\" due to lock delay");
    }

    private Transition txn(TxnOp... ops) {
        return coord.apply(new Command.Txn(List.of(ops)));
    }

    private static TxnOp kv(Verb verb, String key, String value) {
        return new TxnOp.Kv(verb, key, ByteString.copyFromUtf8(value), 0, 0, "");
    }
}
