package dev.coord.server.state;

import com.google.protobuf.ByteString;
import dev.coord.server.command.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A state and a clock that a scenario moves on step by step. */
final class StateFixture {

    private State state = State.empty();
    private long timeMillis = 1_000_000;

    State state() {
        return state;
    }

    Transition apply(Command command) {
        Transition transition = state.apply(command, timeMillis);
        state = transition.state();
        return transition;
    }

    void pass(long millis) {
        timeMillis += millis;
    }

    Transition put(String key, String value) {
        return apply(new Command.KvPut(key, ByteString.copyFromUtf8(value), 0, null, null, null));
    }

    boolean cas(String key, String value, long index) {
        return apply(new Command.KvPut(key, ByteString.copyFromUtf8(value), 0, index, null, null))
                .result()
                .ok();
    }

    KvEntry key(String key) {
        return Objects.requireNonNull(state.kv(key), key);
    }

    List<String> keys(String prefix) {
        return keysAfter(prefix, null);
    }

    List<String> keysAfter(String prefix, @Nullable String after) {
        List<String> keys = new ArrayList<>();
        state.kvScan(prefix, after, entry -> keys.add(entry.key()));
        return keys;
    }
}
