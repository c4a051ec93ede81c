package dev.coord.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandResult.Rejection.Kind;
import dev.coord.server.command.SessionEntry;
import dev.coord.server.command.SessionEntry.Behavior;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sessions, the locks that hang on them, and what ends them; as observed in Consul 1.8.7. */
class SessionSemanticsTest {

    private final StateFixture coord = new StateFixture();

    @BeforeEach
    void aNodeWithChecksOnIt() {
        coord.apply(new Command.Register(
                SampleState.node("n1"),
                SampleState.service("n1", "web-1", "web"),
                List.of(
                        SampleState.check("alive", null, CheckStatus.PASSING),
                        SampleState.check("sick", null, CheckStatus.CRITICAL),
                        SampleState.check("web-check", "web-1", CheckStatus.PASSING)),
                false));
    }

    // ---- Creation

    @Test
    void aSessionNeedsItsNode() {
        Transition created = coord.apply(new Command.CreateSession(session("s1", "nowhere")));
        assertRefused(created, Kind.UNKNOWN_NODE, "Missing node registration");
    }

    @Test
    void aSessionNeedsItsChecks() {
        assertRefused(
                coord.apply(new Command.CreateSession(session("s1", "n1", "alive", "unheard"))),
                Kind.UNKNOWN_CHECK,
                "Missing check 'unheard' registration");
        assertRefused(
                coord.apply(new Command.CreateSession(session("s1", "n1", "sick"))),
                Kind.INVALID,
                "Check 'sick' is in critical state");
    }

    @Test
    void anIdIsGivenOnlyOnce() {
        create("s1");
        assertRefused(
                coord.apply(new Command.CreateSession(session("s1", "n1"))),
                Kind.CONFLICT,
                "Session 's1' exists already");
    }

    @Test
    void aRefusedCommandChangesNothingButTheRevision() {
        State before = coord.state();
        coord.apply(new Command.CreateSession(session("s1", "nowhere")));
        assertThat(coord.state().revision()).isEqualTo(before.revision() + 1);
        assertThat(coord.state().sessionsIndex()).isEqualTo(before.sessionsIndex());
    }

    // ---- Locks

    @Test
    void acquireTakesAFreeKeyAndCountsIt() {
        create("s1");
        assertThat(acquire("lock", "v", "s1")).isTrue();
        assertThat(coord.key("lock").session()).isEqualTo("s1");
        assertThat(coord.key("lock").lockIndex()).isEqualTo(1);
    }

    @Test
    void acquireByTheHolderUpdatesWithoutCounting() {
        create("s1");
        acquire("lock", "v", "s1");
        long first = coord.key("lock").modifyIndex();
        assertThat(acquire("lock", "v", "s1")).isTrue();
        assertThat(coord.key("lock").modifyIndex()).isEqualTo(first);
        assertThat(acquire("lock", "v2", "s1")).isTrue();
        assertThat(coord.key("lock").modifyIndex()).isEqualTo(coord.state().revision());
        assertThat(coord.key("lock").lockIndex()).isEqualTo(1);
    }

    @Test
    void acquireByAnotherFails() {
        create("s1");
        create("s2");
        acquire("lock", "v", "s1");
        assertThat(acquire("lock", "w", "s2")).isFalse();
        assertThat(coord.key("lock").value().toStringUtf8()).isEqualTo("v");
    }

    @Test
    void acquireByNobodyIsRefused() {
        Transition acquired = coord.apply(put("lock", "v", "ghost", null));
        assertRefused(acquired, Kind.INVALID_SESSION, "invalid session \"ghost\"");
    }

    @Test
    void releaseByTheHolderFreesTheKeyAndTheNextMayTakeItAtOnce() {
        create("s1");
        create("s2");
        acquire("lock", "v", "s1");
        assertThat(coord.apply(put("lock", "r", null, "s1")).result().ok()).isTrue();
        assertThat(coord.key("lock").session()).isNull();
        assertThat(coord.key("lock").value().toStringUtf8()).isEqualTo("r");
        assertThat(acquire("lock", "w", "s2")).isTrue();
        assertThat(coord.key("lock").lockIndex()).isEqualTo(2);
    }

    @Test
    void releaseByAnotherOrOfAMissingKeyFails() {
        create("s1");
        acquire("lock", "v", "s1");
        assertThat(coord.apply(put("lock", "r", null, "s2")).result().ok()).isFalse();
        assertThat(coord.apply(put("none", "r", null, "s1")).result().ok()).isFalse();
        assertThat(coord.state().kv("none")).isNull();
    }

    @Test
    void aPlainPutKeepsTheHolderAndStartsTheCountAnew() {
        create("s1");
        acquire("lock", "v", "s1");
        coord.put("lock", "w");
        assertThat(coord.key("lock").session()).isEqualTo("s1");
        assertThat(coord.key("lock").lockIndex()).isZero();
    }

    @Test
    void aHeldKeyMayBeDeletedAndLeavesNoDelay() {
        create("s1");
        create("s2");
        acquire("lock", "v", "s1");
        coord.apply(new Command.KvDelete("lock", null));
        assertThat(acquire("lock", "w", "s2")).isTrue();
        coord.apply(new Command.DestroySession("s1"));
        assertThat(coord.key("lock").session()).isEqualTo("s2");
    }

    // ---- The end of a session

    @Test
    void destroyReleasesItsKeysAndClosesThemForTheLockDelay() {
        create("s1");
        create("s2");
        acquire("lock", "v", "s1");
        Transition destroyed = coord.apply(new Command.DestroySession("s1"));
        assertThat(destroyed.changes())
                .hasSize(2)
                .hasAtLeastOneElementOfType(Change.Session.class)
                .hasAtLeastOneElementOfType(Change.Kv.class);
        assertThat(coord.key("lock").session()).isNull();
        assertThat(coord.key("lock").lockIndex()).isEqualTo(1);
        assertThat(coord.key("lock").modifyIndex()).isEqualTo(coord.state().revision());

        assertThat(acquire("lock", "w", "s2")).isFalse();
        coord.pass(14_999);
        assertThat(acquire("lock", "w", "s2")).isFalse();
        coord.pass(1);
        assertThat(acquire("lock", "w", "s2")).isTrue();
        assertThat(coord.state().lockDelayUntilMillis("lock")).isZero();
    }

    @Test
    void duringTheLockDelayEvenAnInvalidSessionIsOnlyToldNo() {
        create("s1");
        acquire("lock", "v", "s1");
        coord.apply(new Command.DestroySession("s1"));
        Transition acquired = coord.apply(put("lock", "w", "ghost", null));
        assertThat(acquired.result().ok()).isFalse();
        assertThat(acquired.result().rejection()).isNull();
    }

    @Test
    void aPlainPutGoesThroughTheLockDelay() {
        create("s1");
        acquire("lock", "v", "s1");
        coord.apply(new Command.DestroySession("s1"));
        assertThat(coord.put("lock", "w").result().ok()).isTrue();
    }

    @Test
    void aLockDelayIsHonouredForAMinuteAtMost() {
        coord.apply(new Command.CreateSession(
                new SessionEntry("s1", "", "n1", Behavior.RELEASE, 0, 3_600_000, List.of(), List.of(), 0, 0)));
        create("s2");
        acquire("lock", "v", "s1");
        coord.apply(new Command.DestroySession("s1"));
        coord.pass(60_000);
        assertThat(acquire("lock", "w", "s2")).isTrue();
    }

    @Test
    void aSessionWithoutLockDelayLeavesItsKeysOpen() {
        coord.apply(new Command.CreateSession(
                new SessionEntry("s1", "", "n1", Behavior.RELEASE, 0, 0, List.of(), List.of(), 0, 0)));
        create("s2");
        acquire("lock", "v", "s1");
        coord.apply(new Command.DestroySession("s1"));
        assertThat(acquire("lock", "w", "s2")).isTrue();
    }

    @Test
    void theDeleteBehaviorDeletesItsKeysAndLeavesTombstones() {
        coord.apply(new Command.CreateSession(SampleState.session("s1", "n1", Behavior.DELETE)));
        create("s2");
        acquire("leader/a", "v", "s1");
        acquire("leader/b", "v", "s1");
        coord.apply(new Command.DestroySession("s1"));
        assertThat(coord.keys("")).isEmpty();
        assertThat(coord.state().kvPrefixIndex("leader/"))
                .isEqualTo(coord.state().revision());
        assertThat(acquire("leader/a", "w", "s2")).isFalse();
    }

    @Test
    void destroyingWhatIsNotThereSucceeds() {
        assertThat(coord.apply(new Command.DestroySession("ghost")).result().ok())
                .isTrue();
    }

    @Test
    void aCheckThatTurnsCriticalEndsTheSessionsThatNameItAndNoOther() {
        coord.apply(new Command.CreateSession(session("s1", "n1", "alive")));
        coord.apply(new Command.CreateSession(session("s2", "n1")));
        acquire("lock", "v", "s1");
        coord.apply(new Command.UpdateCheck("n1", "alive", CheckStatus.CRITICAL, "gone"));
        assertThat(coord.state().session("s1")).isNull();
        assertThat(coord.state().session("s2")).isNotNull();
        assertThat(coord.key("lock").session()).isNull();
        assertThat(coord.state().lockDelayUntilMillis("lock")).isPositive();
    }

    @Test
    void aCheckThatOnlyWarnsEndsNoSession() {
        coord.apply(new Command.CreateSession(session("s1", "n1", "alive")));
        coord.apply(new Command.UpdateCheck("n1", "alive", CheckStatus.WARNING, "slow"));
        assertThat(coord.state().session("s1")).isNotNull();
    }

    @Test
    void aServiceCheckEndsTheSessionWhenItsServiceGoes() {
        coord.apply(new Command.CreateSession(
                new SessionEntry("s1", "", "n1", Behavior.RELEASE, 0, 0, List.of(), List.of("web-check"), 0, 0)));
        coord.apply(new Command.Deregister("n1", "web-1", null));
        assertThat(coord.state().session("s1")).isNull();
    }

    @Test
    void aCheckThatIsRemovedEndsTheSession() {
        coord.apply(new Command.CreateSession(session("s1", "n1", "alive")));
        coord.apply(new Command.Deregister("n1", null, "alive"));
        assertThat(coord.state().session("s1")).isNull();
    }

    @Test
    void aNodeThatIsRemovedEndsAllItsSessions() {
        create("s1");
        create("s2");
        coord.apply(new Command.Deregister("n1", null, null));
        assertThat(coord.state().sessions()).isEmpty();
    }

    @Test
    void theIndexOfASessionSurvivesItAndIgnoresTheOthers() {
        create("s1");
        long created = coord.state().sessionIndex("s1");
        create("s2");
        assertThat(coord.state().sessionIndex("s1")).isEqualTo(created);
        coord.apply(new Command.DestroySession("s1"));
        assertThat(coord.state().sessionIndex("s1")).isEqualTo(coord.state().revision());
        assertThat(coord.state().sessionsOf("n1")).extracting(SessionEntry::id).containsExactly("s2");
    }

    @Test
    void timeNeverGoesBackForTheState() {
        create("s1");
        create("s2");
        acquire("lock", "v", "s1");
        coord.apply(new Command.DestroySession("s1"));
        coord.pass(15_000);
        coord.put("other", "x");
        coord.pass(-10_000);
        assertThat(acquire("lock", "w", "s2")).isTrue();
    }

    private void create(String id) {
        assertThat(coord.apply(new Command.CreateSession(session(id, "n1")))
                        .result()
                        .ok())
                .isTrue();
    }

    private boolean acquire(String key, String value, String session) {
        return coord.apply(put(key, value, session, null)).result().ok();
    }

    private static Command.KvPut put(String key, String value, @Nullable String acquire, @Nullable String release) {
        return new Command.KvPut(key, ByteString.copyFromUtf8(value), 0, null, acquire, release);
    }

    private static SessionEntry session(String id, String node, String... checks) {
        return SampleState.session(id, node, Behavior.RELEASE, checks);
    }

    private static void assertRefused(Transition transition, Kind kind, String message) {
        assertThat(transition.result().ok()).isFalse();
        assertThat(transition.changes()).isEmpty();
        assertThat(transition.result().rejection()).isNotNull().satisfies(rejection -> {
            assertThat(rejection.kind()).isEqualTo(kind);
            assertThat(rejection.message()).isEqualTo(message);
        });
    }
}
