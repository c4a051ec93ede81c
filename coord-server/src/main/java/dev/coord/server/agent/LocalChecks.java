package dev.coord.server.agent;

import dev.coord.server.agent.AgentException.Reason;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.lease.CheckOutput;
import dev.coord.server.loop.Deadline;
import dev.coord.server.loop.EventLoop;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the local checks find out, and who is told: the catalog, and the file that brings it back. On the agent's thread. */
final class LocalChecks implements CheckTimers.Listener {

    private static final Logger LOG = LoggerFactory.getLogger(LocalChecks.class);

    /** An output that changed alone is in the catalog after half of this at the soonest and this at the latest. */
    static final long OUTPUT_MILLIS_MAX = 60_000;
    /** How soon a changed status is in the file of check states, milliseconds. */
    private static final long STATES_MILLIS = 1_000;
    /** That file took so long to write; the next write comes this many times later. */
    private static final long STATES_PAUSE_FACTOR = 20;
    /** How often that file is marked as of a living server, milliseconds. */
    private static final long ALIVE_MILLIS = 5_000;

    private final EventLoop loop;
    private final LocalAgent agent;
    private final CatalogSync sync;
    private final AgentFiles files;
    private final InstantSource wallClock;
    private final RandomGenerator random;
    private final Probe probe;
    private final CheckTimers timers;
    private final Consumer<CheckEntry> criticalForTooLong;
    private final Map<String, Deadline> outputsDue = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private boolean statesChanged;
    private boolean started;

    LocalChecks(
            EventLoop loop,
            LocalAgent agent,
            CatalogSync sync,
            AgentFiles files,
            Probe probe,
            Aliases aliases,
            InstantSource wallClock,
            RandomGenerator random,
            Consumer<CheckEntry> criticalForTooLong) {
        this.loop = loop;
        this.agent = agent;
        this.sync = sync;
        this.files = files;
        this.probe = probe;
        this.wallClock = wallClock;
        this.random = random;
        this.criticalForTooLong = criticalForTooLong;
        this.timers = new CheckTimers(loop, probe, aliases::look, random, this);
    }

    /** Times all that were restored. */
    void start() {
        started = true;
        statesChanged = true;
        agent.local().checks().forEach(check -> timers.start(check, true));
        keepStates();
        markAlive();
    }

    /** A check was registered. */
    void added(CheckEntry check) {
        statesChanged = true;
        timers.start(check, false);
    }

    /** A check is gone. */
    void removed(CheckEntry check) {
        statesChanged = true;
        timers.stop(check.id());
        Deadline outputDue = outputsDue.remove(check.id());
        if (outputDue != null) {
            outputDue.cancel();
        }
    }

    /**
     * Takes a report on a TTL check.
     *
     * @return true when it changed the status
     */
    boolean report(String id, CheckStatus status, String output) {
        CheckEntry check = agent.local().check(id);
        if (check == null) {
            throw new AgentException(
                    Reason.NOT_TTL, "CheckID \"" + id + "\" does not have associated TTL: Unknown check");
        }
        if (CheckKind.of(check) != CheckKind.TTL) {
            throw new AgentException(
                    Reason.NOT_TTL,
                    "CheckID \"" + id
                            + "\" does not have associated TTL: Check does not have associated TTL, it is of type "
                            + check.type());
        }
        timers.beat(id);
        return set(check, status, output);
    }

    @Override
    public void expired(String id) {
        CheckEntry check = agent.local().check(id);
        if (check != null && check.status() != CheckStatus.CRITICAL) {
            LOG.info("Check {} got no report for a whole TTL", id);
            setAndTell(check, CheckStatus.CRITICAL, CheckOutput.expired(check.output()));
        }
    }

    @Override
    public void tried(String id, Probe.Outcome outcome) {
        CheckEntry check = agent.local().check(id);
        if (check != null) {
            if (check.status() != outcome.status()) {
                LOG.info("Check {} is {}: {}", id, outcome.status().text(), outcome.output());
            }
            setAndTell(check, outcome.status(), outcome.output());
        }
    }

    @Override
    public void criticalForTooLong(CheckEntry check) {
        criticalForTooLong.accept(check);
    }

    private void setAndTell(CheckEntry check, CheckStatus status, String output) {
        if (set(check, status, output)) {
            var unused = sync.now();
        }
    }

    private boolean set(CheckEntry check, CheckStatus status, String output) {
        boolean statusChanged = check.status() != status;
        if (!statusChanged && check.output().equals(output)) {
            return false;
        }
        CheckEntry next = check.withStatus(status, output);
        agent.publish(agent.local().with(next), List.of());
        if (statusChanged) {
            statesChanged = true;
            timers.statusChanged(next);
            changed(next);
        } else {
            outputsDue.computeIfAbsent(
                    check.id(),
                    id -> loop.after(
                            OUTPUT_MILLIS_MAX / 2 + random.nextLong(OUTPUT_MILLIS_MAX / 2), () -> outputIsDue(id)));
        }
        return statusChanged;
    }

    private void changed(CheckEntry check) {
        if (check.serviceId() == null) {
            sync.nodeCheckChanged(check.id());
        } else {
            sync.serviceChanged(check.serviceId());
        }
    }

    private void outputIsDue(String id) {
        outputsDue.remove(id);
        CheckEntry check = agent.local().check(id);
        if (check != null) {
            sync.outputDue(check.id());
            changed(check);
            var unused = sync.now();
        }
    }

    private void keepStates() {
        long tookMillis = 0;
        if (statesChanged) {
            long startNanos = System.nanoTime();
            writeStates();
            tookMillis = (System.nanoTime() - startNanos) / 1_000_000;
        }
        loop.after(Math.max(STATES_MILLIS, tookMillis * STATES_PAUSE_FACTOR), this::keepStates);
    }

    private void writeStates() {
        statesChanged = false;
        try {
            files.writeStates(agent.local().checks(), wallClock.millis());
        } catch (IOException e) {
            LOG.warn(
                    "The states of the local checks could not be written and would be lost by a restart: {}",
                    e.toString());
        }
    }

    private void markAlive() {
        try {
            files.touchStates(wallClock.millis());
        } catch (IOException e) {
            LOG.debug("The file of check states could not be marked: {}", e.toString());
        }
        loop.after(ALIVE_MILLIS, this::markAlive);
    }

    /** After the loop has ended. */
    void close() {
        if (started) {
            writeStates();
        }
        probe.close();
    }
}
