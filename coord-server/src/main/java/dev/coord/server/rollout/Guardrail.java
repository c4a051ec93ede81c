package dev.coord.server.rollout;

import dev.coord.api.raft.v1.ServerInfo;
import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.storage.v1.RolloutFigure;
import dev.coord.api.storage.v1.RolloutGuard;
import dev.coord.api.storage.v1.RolloutPhase;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Judges one version of a rollout, second by second. Deterministic: all that it goes by is handed in.
 *
 * <p>A guard is broken when the same server's figure was beyond its limit for {@value #BROKEN_TICKS} ticks in a row; one below
 * counts it back to none, so noise does not add up. The limit is the guard's factor times the baseline, or its floor if that is
 * higher. To go on takes the whole soak under one leader, figures of every server, and at least as many commits as were asked
 * for. A step that reaches nobody has proved nothing: it never goes on to everybody at once. A server that was silent counts again
 * when its figures are no more of its start.
 *
 * <p>Used by one thread.
 */
final class Guardrail {

    /** So many ticks in a row break a guard. */
    static final int BROKEN_TICKS = 3;
    /** What servers say goes back so many ticks: figures from before a change are in it for so long. */
    static final int WINDOW_TICKS = 10;
    /** A baseline of fewer ticks than this is none. */
    static final int BASELINE_TICKS_MIN = 5;

    private static final double BASELINE_PERCENTILE = 0.9;
    private static final int PERCENT_ALL = 100;

    private final Rollout rollout;
    private final long leadingSinceMillis;
    /** Ticks in which nothing is held against anybody: figures are of a time before. */
    private int grace;

    private final Map<Signal, List<Double>> usual = new EnumMap<>(Signal.class);
    /** By signal and server, how often in a row it was beyond the limit. */
    private final Map<String, Integer> beyond = new HashMap<>();

    /** Who reported at the last tick; null: there was none. */
    private @Nullable Set<String> reported;
    /** Who was silent and reports again, and for how many ticks that is not counted. */
    private final Map<String, Integer> returning = new HashMap<>();

    /** Of all ticks and servers; each counts in as many ticks as the window has. */
    private long commitsInWindows;

    private long baselineSinceMillis = -1;

    /**
     * @param grace how many ticks are not held against anybody
     * @param leadingSinceMillis since when this server looks: what a step soaked before, or while no server led, proves nothing
     */
    Guardrail(Rollout rollout, int grace, long leadingSinceMillis) {
        this.rollout = rollout;
        this.grace = grace;
        this.leadingSinceMillis = leadingSinceMillis;
    }

    Rollout rollout() {
        return rollout;
    }

    /**
     * Looks once more; called once a second.
     *
     * @param servers all that should report
     * @param reports by server
     * @param nowMillis the leader's clock
     * @param reach whom the step reaches, empty if that can't be known; asked for only when the step may go on
     */
    Verdict tick(
            Collection<String> servers,
            Map<String, ServerInfo> reports,
            long nowMillis,
            Supplier<Optional<Reach>> reach) {
        return judge(servers, settled(reports), nowMillis, reach);
    }

    /** Without those that have just begun: they read their log, and their first seconds are slow. */
    private Map<String, ServerInfo> settled(Map<String, ServerInfo> reports) {
        returning.keySet().retainAll(reports.keySet());
        returning.replaceAll((server, ticks) -> ticks - 1);
        returning.values().removeIf(ticks -> ticks == 0);
        Set<String> before = reported;
        if (before != null) {
            reports.keySet().stream()
                    .filter(server -> !before.contains(server))
                    .forEach(server -> returning.put(server, WINDOW_TICKS));
        }
        reported = Set.copyOf(reports.keySet());
        Map<String, ServerInfo> settled = new TreeMap<>(reports);
        settled.keySet().removeAll(returning.keySet());
        return settled;
    }

    private Verdict judge(
            Collection<String> servers,
            Map<String, ServerInfo> reports,
            long nowMillis,
            Supplier<Optional<Reach>> reach) {
        if (grace > 0) {
            grace--;
            return Verdict.waiting("figures from before are let pass: " + grace + " s to go");
        }
        for (ServerInfo report : reports.values()) {
            commitsInWindows += report.getSignals().getCommits();
        }
        if (rollout.getPhase() == RolloutPhase.ROLLOUT_PHASE_BASELINE) {
            return rollout.getPaused() ? Verdict.waiting("paused") : baseline(servers, reports, nowMillis);
        }
        Verdict broken = rollout.getStep() == 0 ? null : broken(reports);
        if (broken != null) {
            return broken;
        } else if (rollout.getPhase() == RolloutPhase.ROLLOUT_PHASE_HELD) {
            return Verdict.waiting("held until it is lifted by hand: " + rollout.getReason());
        } else if (rollout.getPaused()) {
            return Verdict.waiting("paused");
        }
        return soaked(servers, reports, nowMillis, reach);
    }

    private Verdict baseline(Collection<String> servers, Map<String, ServerInfo> reports, long nowMillis) {
        if (baselineSinceMillis < 0) {
            baselineSinceMillis = nowMillis;
        }
        for (Signal signal : Signal.values()) {
            reports.values().stream()
                    .map(signal::read)
                    .filter(OptionalDouble::isPresent)
                    .mapToDouble(OptionalDouble::getAsDouble)
                    .max()
                    .ifPresent(greatest -> usual.computeIfAbsent(signal, first -> new ArrayList<>())
                            .add(greatest));
        }
        long left = rollout.getBaselineMs() - (nowMillis - baselineSinceMillis);
        int ticks = usual.values().stream().mapToInt(List::size).max().orElse(0);
        if (left > 0 || ticks < BASELINE_TICKS_MIN) {
            return Verdict.waiting("the baseline is measured: " + seconds(left) + " to go");
        }
        Verdict lacking = lacking(servers, reports, "the baseline");
        if (lacking != null) {
            return lacking;
        }
        List<RolloutFigure> figures = new ArrayList<>();
        usual.forEach((signal, values) -> figures.add(RolloutFigure.newBuilder()
                .setSignal(signal.text())
                .setValue(high(values))
                .build()));
        return new Verdict(Verdict.Kind.BEGIN, "the baseline is known" + evidence(), figures);
    }

    /** High within what is usual, so that a baseline's own noise does not break a guard. */
    private static double high(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get((int) Math.ceil(BASELINE_PERCENTILE * sorted.size()) - 1);
    }

    private Verdict soaked(
            Collection<String> servers,
            Map<String, ServerInfo> reports,
            long nowMillis,
            Supplier<Optional<Reach>> reach) {
        long since = Math.max(rollout.getSinceMs(), leadingSinceMillis);
        long left = rollout.getSoakMs() - (nowMillis - since);
        if (left > 0) {
            return Verdict.waiting("soaking: " + seconds(left) + " to go" + evidence());
        }
        if (!beyond.isEmpty()) {
            return Verdict.waiting("goes on when nothing is beyond its limit: " + new TreeSet<>(beyond.keySet()));
        }
        Verdict lacking = lacking(servers, reports, "the step");
        if (lacking != null) {
            return lacking;
        }
        Optional<Reach> nobody = reach.get().filter(reached -> reached.count() == 0);
        if (nobody.isEmpty()) {
            return new Verdict(Verdict.Kind.GO_ON, "soaked" + evidence(), figures(reports));
        }
        int all = nobody.get().all();
        if (all > 1 && isNextForAll() && !rollout.getWithoutEvidence()) {
            return Verdict.waiting("the step reaches none of " + all + " and has proved nothing, and the next would be"
                    + " for all at once: abort it and begin with steps between, or without evidence");
        }
        return new Verdict(
                Verdict.Kind.GO_ON, "proved nothing: it reached none of " + all + evidence(), figures(reports));
    }

    private boolean isNextForAll() {
        return rollout.getStep() < rollout.getStepsCount() && rollout.getSteps(rollout.getStep()) == PERCENT_ALL;
    }

    private long commits() {
        return commitsInWindows / WINDOW_TICKS;
    }

    /** What is missing to judge by; null: nothing, or it goes on without. */
    private @Nullable Verdict lacking(Collection<String> servers, Map<String, ServerInfo> reports, String what) {
        if (rollout.getWithoutEvidence()) {
            return null;
        }
        String silent = servers.stream()
                .filter(server -> !reports.containsKey(server))
                .sorted()
                .collect(Collectors.joining(", "));
        if (!silent.isEmpty()) {
            return Verdict.waiting(what + " waits: no figures of " + silent);
        }
        return commits() < rollout.getSamplesMin()
                ? Verdict.waiting(what + " waits for evidence: " + commits() + " of " + rollout.getSamplesMin()
                        + " commits were seen")
                : null;
    }

    private String evidence() {
        return ", " + commits() + " commits seen"
                + (commits() < rollout.getSamplesMin() ? " of " + rollout.getSamplesMin() + " wanted" : "")
                + (rollout.getWithoutEvidence() ? " (goes on without evidence, as asked)" : "");
    }

    private static List<RolloutFigure> figures(Map<String, ServerInfo> reports) {
        List<RolloutFigure> figures = new ArrayList<>();
        reports.forEach((server, report) -> {
            for (Signal signal : Signal.values()) {
                signal.read(report).ifPresent(value -> figures.add(figure(signal, server, value)));
            }
        });
        return figures;
    }

    private static RolloutFigure figure(Signal signal, String server, double value) {
        return RolloutFigure.newBuilder()
                .setSignal(signal.text())
                .setServer(server)
                .setValue(value)
                .build();
    }

    private @Nullable Verdict broken(Map<String, ServerInfo> reports) {
        beyond.keySet().removeIf(key -> !reports.containsKey(key.substring(key.indexOf(' ') + 1)));
        Verdict worst = null;
        for (RolloutGuard guard : rollout.getGuardsList()) {
            Signal signal = Signal.named(guard.getSignal());
            double limit = RolloutView.limit(rollout, guard).orElse(guard.getFloor());
            for (Map.Entry<String, ServerInfo> report : reports.entrySet()) {
                String key = signal.text() + " " + report.getKey();
                OptionalDouble value = signal.read(report.getValue());
                if (value.isEmpty() || value.getAsDouble() <= limit) {
                    beyond.remove(key);
                } else if (beyond.merge(key, 1, Integer::sum) >= BROKEN_TICKS && worst == null) {
                    worst = new Verdict(
                            Verdict.Kind.GO_BACK,
                            signal.text() + " of " + report.getKey() + " is " + signal.of(value.getAsDouble())
                                    + ", above the limit of " + signal.of(limit) + " (" + guard.getFactor()
                                    + " x the baseline of "
                                    + signal.of(RolloutView.baseline(rollout, signal.text())
                                            .orElse(0)) + ", at least "
                                    + signal.of(guard.getFloor()) + ") for " + BROKEN_TICKS + " s",
                            figures(reports));
                }
            }
        }
        return worst;
    }

    private static String seconds(long millis) {
        return Math.max(0, (millis + 999) / 1_000) + " s";
    }
}
