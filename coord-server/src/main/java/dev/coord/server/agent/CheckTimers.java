package dev.coord.server.agent;

import dev.coord.server.command.CatalogEntries.AgentCheck;
import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.loop.Deadline;
import dev.coord.server.loop.EventLoop;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * When each local check is due: a TTL check expires, another is tried, a service whose check stays critical goes.
 * On the agent's thread.
 */
final class CheckTimers {

    /** How many checks are tried at once; the others wait, in order. */
    static final int PROBES_MAX = 64;
    /** No check is tried more often, milliseconds. */
    static final long INTERVAL_MILLIS_MIN = 1_000;
    /** A new check is tried for the first time within this long, milliseconds. */
    static final long FIRST_MILLIS_MAX = 1_000;
    /** How often an alias looks at what it follows, milliseconds. */
    static final long ALIAS_MILLIS = 500;
    /** A service is not removed before its check was critical for this long, whatever the check asks for, milliseconds. */
    static final long DEREGISTER_MILLIS_MIN = 60_000;

    private final EventLoop loop;
    private final Probe probe;
    private final RandomGenerator random;
    private final Listener listener;
    private final Function<CheckDefinition, Probe.Outcome> aliases;
    private final Map<String, Timer> timers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final Deque<Timer> waiting = new ArrayDeque<>();
    private int underWay;

    /** @param aliases how well the checks are that an alias follows; asked on the agent's thread */
    CheckTimers(
            EventLoop loop,
            Probe probe,
            Function<CheckDefinition, Probe.Outcome> aliases,
            RandomGenerator random,
            Listener listener) {
        this.loop = loop;
        this.probe = probe;
        this.aliases = aliases;
        this.random = random;
        this.listener = listener;
    }

    /** Told, on the agent's thread, what time brings. */
    interface Listener {
        void expired(String checkId);

        void tried(String checkId, Probe.Outcome outcome);

        void criticalForTooLong(CheckEntry check);
    }

    private static final class Timer {
        final CheckKind kind;
        final CheckDefinition definition;
        final Deadline due;
        final Deadline deregister;
        CheckEntry check;
        boolean gone;
        int successes;
        int failures;

        Timer(CheckTimers owner, CheckEntry check) {
            this.kind = CheckKind.of(check);
            this.definition = CheckKind.definition(check);
            this.check = check;
            this.due = owner.loop.at(Long.MAX_VALUE, () -> owner.due(this));
            this.deregister = owner.loop.at(Long.MAX_VALUE, () -> owner.listener.criticalForTooLong(this.check));
            due.cancel();
            deregister.cancel();
        }
    }

    /**
     * Times a check from now on; one of the same id is replaced.
     *
     * @param spread true: its first try may be anywhere within its interval, so that those of a restarted server do not all
     *     come at once
     */
    void start(CheckEntry check, boolean spread) {
        stop(check.id());
        Timer timer = new Timer(this, check);
        timers.put(check.id(), timer);
        switch (timer.kind) {
            case TTL -> timer.due.moveTo(loop.nowMillis() + timer.definition.ttlMillis());
            case ALIAS -> timer.due.moveTo(loop.nowMillis());
            case HTTP, TCP, GRPC, SCRIPT -> {
                long within = spread ? interval(timer) : Math.min(FIRST_MILLIS_MAX, interval(timer));
                timer.due.moveTo(loop.nowMillis() + random.nextLong(within));
            }
            case MAINTENANCE -> {
                // Nothing to find out.
            }
        }
        statusChanged(check);
    }

    void stop(String checkId) {
        Timer timer = timers.remove(checkId);
        if (timer != null) {
            timer.gone = true;
            timer.due.cancel();
            timer.deregister.cancel();
            waiting.remove(timer);
        }
    }

    /** Somebody reported on a TTL check. */
    void beat(String checkId) {
        Timer timer = timers.get(checkId);
        if (timer != null && timer.kind == CheckKind.TTL) {
            timer.due.moveTo(loop.nowMillis() + timer.definition.ttlMillis());
        }
    }

    void statusChanged(CheckEntry check) {
        Timer timer = timers.get(check.id());
        if (timer == null) {
            return;
        }
        timer.check = check;
        long afterMillis = timer.definition.deregisterCriticalServiceAfterMillis();
        if (check.status() != CheckStatus.CRITICAL || check.serviceId() == null || afterMillis <= 0) {
            timer.deregister.cancel();
        } else if (!timer.deregister.isSet()) {
            timer.deregister.moveTo(loop.nowMillis() + Math.max(afterMillis, DEREGISTER_MILLIS_MIN));
        }
    }

    private static long interval(Timer timer) {
        return Math.max(INTERVAL_MILLIS_MIN, timer.definition.intervalMillis());
    }

    private void due(Timer timer) {
        if (timer.kind == CheckKind.TTL) {
            listener.expired(timer.check.id());
        } else if (timer.kind == CheckKind.ALIAS) {
            timer.due.moveTo(loop.nowMillis() + ALIAS_MILLIS);
            listener.tried(timer.check.id(), aliases.apply(timer.definition));
        } else if (underWay < PROBES_MAX) {
            attempt(timer);
        } else {
            waiting.add(timer);
        }
    }

    private void attempt(Timer timer) {
        underWay++;
        long startMillis = loop.nowMillis();
        var unused = probe.run(timer.definition)
                .thenAccept(outcome -> loop.execute(() -> ended(timer, startMillis, outcome)));
    }

    private void ended(Timer timer, long startMillis, Probe.Outcome outcome) {
        underWay--;
        Timer next = waiting.poll();
        if (next != null) {
            attempt(next);
        }
        if (!timer.gone) {
            timer.due.moveTo(Math.max(loop.nowMillis(), startMillis + interval(timer)));
            if (counts(timer, outcome.status())) {
                listener.tried(timer.check.id(), outcome);
            }
        }
    }

    /** Whether enough tries in a row have had this end. A warning is a success, as in Consul. */
    private static boolean counts(Timer timer, CheckStatus status) {
        AgentCheck wanted = timer.definition.agent();
        if (status == CheckStatus.CRITICAL) {
            timer.successes = 0;
            return ++timer.failures >= wanted.failuresBeforeCritical();
        }
        timer.failures = 0;
        return ++timer.successes >= wanted.successesBeforePassing();
    }
}
