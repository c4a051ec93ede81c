package dev.coord.server.flags;

import com.google.gson.JsonElement;
import dev.coord.server.state.FlagSetEntry;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A feature of the servers that stands behind a flag of its name in the set {@value #SET}. Without such a flag {@link
 * #unset()} holds; with one that can't be evaluated, {@link #safe()} does, and never an error.
 */
public enum Feature {
    STREAMING(
            "streaming",
            Reach.SERVICES,
            "Watches of a service go by stream; else by long poll, to which open streams are moved.",
            "A stream costs the server memory for as long as it is open, and a write to each of them for every change.",
            "Live: watches move without a missed or repeated event.",
            List.of("true", "false"),
            "true",
            "false"),
    HUB_SHAPE(
            "hub-shape",
            Reach.SERVERS,
            "How changes come to those who watch: over shards, or in the shapes that are kept to be compared with;"
                    + " \"configured\": as hub_shape says.",
            "With \"single\" all watches of a topic stand in one line, and writes wait behind it; \"keyed\" has one"
                    + " thread for all.",
            "Live: watches go on in the new shape.",
            List.of("configured", "sharded", "keyed", "single"),
            "configured",
            "sharded"),
    LEASE_READS(
            "lease-reads",
            Reach.SERVERS,
            "The leader answers linearizable reads by its lease, without a question to the others.",
            "Counts on clocks: a leader whose clock stands still may answer with what was true a moment ago.",
            "Live, with the next read.",
            List.of("true", "false"),
            "false",
            "false"),
    ANSWER_SHARING(
            "answer-sharing",
            Reach.SERVERS,
            "Equal long polls of one state share one rendered answer.",
            "What is shared is kept in memory; a mistake in what counts as equal gives one client another's answer.",
            "Live, with the next answer.",
            List.of("true", "false"),
            "true",
            "false"),
    ONLINE_COMPACTION(
            "online-compaction",
            Reach.SERVERS,
            "The log is built anew without its free space, beside the running one, when enough of it is free. Without a"
                    + " flag, log_compaction says whether.",
            "Reads the whole log and writes it again: the disk is shared with the log's syncs, and twice the room is"
                    + " taken meanwhile.",
            "Within seconds, with the next look; what was begun by itself stops.",
            List.of("true", "false"),
            "false",
            "false"),
    LOG_BACKEND(
            "log-backend",
            Reach.SERVERS,
            "Where the log is kept: it moves there while the server runs. \"kept\": it stays where it is.",
            "A log that is moved is read and written once as a whole; then each append costs what the other backend"
                    + " takes for it.",
            "Within seconds a second log is built; it takes over when it holds the same. What is not yet done stops"
                    + " when the flag says something else.",
            List.of("kept", "segment", "lmdb", "mapdb"),
            "kept",
            "kept");

    /** The flag set of the servers' own features. */
    public static final String SET = FlagSetEntry.FEATURES;

    /** What one evaluation is about. */
    public enum Reach {
        /** A service: the context has {@code service}, which is the targeting key, too. */
        SERVICES,
        /** A server: the targeting key is its name. */
        SERVERS
    }

    private final String flag;
    private final Reach reach;
    private final String what;
    private final String risk;
    private final String applied;
    // Of List.of, which can't be changed.
    @SuppressWarnings("ImmutableEnumChecker")
    private final List<String> choices;

    private final String unset;
    private final String safe;

    Feature(
            String flag,
            Reach reach,
            String what,
            String risk,
            String applied,
            List<String> choices,
            String unset,
            String safe) {
        this.flag = flag;
        this.reach = reach;
        this.what = what;
        this.risk = risk;
        this.applied = applied;
        this.choices = choices;
        this.unset = unset;
        this.safe = safe;
    }

    public static Optional<Feature> named(String flag) {
        return Arrays.stream(values())
                .filter(feature -> feature.flag.equals(flag))
                .findFirst();
    }

    /** The flag's name. */
    public String flag() {
        return flag;
    }

    public Reach reach() {
        return reach;
    }

    /** What it does. */
    public String what() {
        return what;
    }

    /** What may go wrong with it. */
    public String risk() {
        return risk;
    }

    /** How a change of the flag takes effect. */
    public String applied() {
        return applied;
    }

    /** The values that its flag may come to, as text. */
    public List<String> choices() {
        return choices;
    }

    /** True: the flag's values are true and false; false: texts. */
    boolean isSwitch() {
        return choices.contains("true");
    }

    /** The value without a flag. */
    public String unset() {
        return unset;
    }

    /** The value when the flag can't be evaluated. */
    public String safe() {
        return safe;
    }

    /** The value that an evaluation came to, as text; null: it is none of this feature. */
    @Nullable
    String valueOf(JsonElement value) {
        boolean fits = isSwitch() ? FlagJson.isBoolean(value) : FlagJson.isString(value);
        return fits && choices.contains(value.getAsString()) ? value.getAsString() : null;
    }
}
