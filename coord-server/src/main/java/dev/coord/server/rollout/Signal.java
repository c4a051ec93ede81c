package dev.coord.server.rollout;

import dev.coord.api.raft.v1.ServerInfo;
import dev.coord.api.storage.v1.RolloutGuard;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.command.ConsensusException.Reason;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What a server measures of itself, and from where on it is broken if nobody says otherwise. */
public enum Signal {
    /** Milliseconds from taking a command to answering it. */
    COMMIT_P99("commit-p99", "ms", 2, 50),
    /** Milliseconds that a sync of the log takes. */
    SYNC_P99("sync-p99", "ms", 3, 100),
    /** Milliseconds from a change's being readable to its being handed to those who watch. */
    EVENT_LAG_P99("event-lag-p99", "ms", 3, 2_000),
    /** Entries of the log that wait to be applied. */
    APPLY_QUEUE("apply-queue", "", 3, 1_000),
    /** Per cent of the machine's processors that the process uses. */
    CPU("cpu", "%", 1.5, 90),
    /** Per cent of commands that fail or whose outcome is unknown. */
    ERROR_RATE("error-rate", "%", 2, 1);

    /** Fewer commands or syncs within the window say nothing of a percentile or a rate. */
    static final int SAMPLES_MIN = 10;

    private static final int GUARD_CHARS_MAX = 100;
    private static final Pattern GUARD = Pattern.compile("([a-z0-9-]+)=([0-9.]+)x(?:,([0-9.]+)(ms|%)?)?");

    private final String text;
    private final String unit;
    private final double factor;
    private final double floor;

    Signal(String text, String unit, double factor, double floor) {
        this.text = text;
        this.unit = unit;
        this.factor = factor;
        this.floor = floor;
    }

    /** As users write it. */
    public String text() {
        return text;
    }

    /** For people: the figure with its unit. */
    public String of(double value) {
        String number = value >= 100 || value == Math.rint(value)
                ? String.format(Locale.ROOT, "%.0f", value)
                : String.format(Locale.ROOT, "%.1f", value);
        return unit.isEmpty() ? number : number + (unit.equals("%") ? "%" : " " + unit);
    }

    /** What a server says of itself; empty: too little to say anything. */
    OptionalDouble read(ServerInfo info) {
        var signals = info.getSignals();
        long commands = signals.getCommits() + signals.getFailures();
        return switch (this) {
            case COMMIT_P99 -> enough(signals.getCommits(), signals.getCommitP99Micros() / 1e3);
            case SYNC_P99 -> enough(info.getRecentSyncs(), info.getRecentSyncP99Micros() / 1e3);
            case EVENT_LAG_P99 -> OptionalDouble.of(signals.getEventLagP99Micros() / 1e3);
            case APPLY_QUEUE -> OptionalDouble.of(signals.getApplyQueue());
            case CPU -> OptionalDouble.of(signals.getCpu() * 100);
            case ERROR_RATE -> enough(commands, 100.0 * signals.getFailures() / Math.max(1, commands));
        };
    }

    private static OptionalDouble enough(long samples, double value) {
        return samples < SAMPLES_MIN ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    private RolloutGuard guard(double times, double atLeast) {
        return RolloutGuard.newBuilder()
                .setSignal(text)
                .setFactor(times)
                .setFloor(atLeast)
                .build();
    }

    static Signal named(String text) {
        return Arrays.stream(values())
                .filter(signal -> signal.text.equals(text))
                .findFirst()
                .orElseThrow(() -> new ConsensusException(
                        Reason.INVALID,
                        "\"" + text + "\" is no signal: there are "
                                + Arrays.stream(values()).map(Signal::text).collect(Collectors.joining(", "))));
    }

    /**
     * All guards, those that were given in their places; of several for one signal the last counts. Without a floor the one
     * before it stays.
     *
     * @param given each as {@code commit-p99=2x,50ms}: broken above twice the baseline, but never below 50 ms
     * @throws ConsensusException when one makes no sense
     */
    public static List<RolloutGuard> guards(List<String> given) {
        Map<Signal, RolloutGuard> guards = new EnumMap<>(Signal.class);
        for (Signal signal : values()) {
            guards.put(signal, signal.guard(signal.factor, signal.floor));
        }
        for (String text : given) {
            Matcher parts = GUARD.matcher(text);
            if (text.length() > GUARD_CHARS_MAX) {
                throw new ConsensusException(
                        Reason.INVALID, "a guard has " + text.length() + " characters, at most " + GUARD_CHARS_MAX);
            }
            if (!parts.matches()) {
                throw new ConsensusException(
                        Reason.INVALID,
                        "guard \"" + text + "\": it is SIGNAL=FACTORx or SIGNAL=FACTORx,FLOOR, as in"
                                + " commit-p99=2x,50ms");
            }
            Signal signal = named(parts.group(1));
            try {
                double factor = Double.parseDouble(parts.group(2));
                double floor =
                        parts.group(3) == null ? guards.get(signal).getFloor() : Double.parseDouble(parts.group(3));
                if (factor < 1) {
                    throw new ConsensusException(
                            Reason.INVALID, "guard \"" + text + "\": the factor must be at least 1");
                }
                guards.put(signal, signal.guard(factor, floor));
            } catch (NumberFormatException e) {
                throw new ConsensusException(Reason.INVALID, "guard \"" + text + "\": " + e.getMessage());
            }
        }
        return List.copyOf(guards.values());
    }
}
