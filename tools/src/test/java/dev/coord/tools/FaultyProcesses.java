package dev.coord.tools;

import dev.coord.tools.FaultPlan.Fault;
import dev.coord.tools.FaultPlan.Step;
import dev.coord.tools.PeerLinks.Link;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Three servers as processes of their own, their network, disks and clocks, and how faults are done to them and undone. One thread;
 * what clients may ask of {@link #servers} they may at any time.
 */
final class FaultyProcesses implements AutoCloseable {

    private static final int DELAY_MILLIS_MAX = 150;
    private static final int LOSS_PER_MILLE_MAX = 200;
    private static final int FREEZE_MILLIS_MAX = 400;
    private static final long LEFT_BYTES_MAX = 3L << 20;
    private static final long JUMP_SECONDS_MAX = TimeUnit.HOURS.toSeconds(12);
    private static final int LINES_SHOWN = 40;

    private final List<Machine> machines = new ArrayList<>();
    private final PeerLinks links;
    private final List<String> unexpectedEnds = new ArrayList<>();
    private int endsByDisk;

    /** A server and what it runs on. */
    private static final class Machine {
        private final ServerUnderTest server;
        private final @Nullable SmallDisk disk;
        private final @Nullable JumpingClock clock;
        /** Its disk failed it since its last start: then it is right to end. */
        private boolean mayEnd;

        private Machine(ServerUnderTest server, @Nullable SmallDisk disk, @Nullable JumpingClock clock) {
            this.server = server;
            this.disk = disk;
            this.clock = clock;
        }
    }

    /** Each server has a small disk and a clock of its own, where that can be had. */
    FaultyProcesses(Path directory, FaultPlan plan) {
        List<ServerUnderTest> servers = ServerUnderTest.cluster(directory, FaultPlan.SERVERS);
        JsonArray names = new JsonArray();
        for (ServerUnderTest server : servers) {
            names.add(server.name() + ":" + server.raftPort());
        }
        links = new PeerLinks(servers.stream().map(ServerUnderTest::raftPort).toList(), plan.seed());
        for (int i = 0; i < servers.size(); i++) {
            ServerUnderTest server = servers.get(i);
            server.with("bind_addr", PeerLinks.address(i))
                    .with("advertise_addr", server.name())
                    .with("retry_join", names)
                    .with("log_backend", plan.backend())
                    .with("disk", new JsonObject().put("low_mb", 2))
                    .withJvmOption("-Djdk.net.hosts.file=" + hosts(directory, servers, i));
            if (plan.snapshots()) {
                server.with("raft_snapshot_interval", "1s")
                        .with("raft_snapshot_threshold", 100)
                        .with("raft_trailing_logs", 10);
            }
            SmallDisk disk = SmallDisk.mount(directory.resolve("disk-of-" + server.name()));
            if (disk != null) {
                server.with("data_dir", disk.path().resolve("data").toString());
            }
            JumpingClock clock = null;
            if (plan.ownClocks() && JumpingClock.isPossible()) {
                clock = new JumpingClock(directory.resolve("clock-of-" + server.name()));
                server.withEnvironment(clock.environment());
            }
            machines.add(new Machine(server, disk, clock));
        }
    }

    /** Each server finds the others by names that mean the proxies to it. */
    private static Path hosts(Path directory, List<ServerUnderTest> servers, int from) {
        StringBuilder hosts = new StringBuilder("127.0.0.1 localhost\n");
        try {
            hosts.append("127.0.0.1 ")
                    .append(InetAddress.getLocalHost().getHostName())
                    .append('\n');
        } catch (UnknownHostException e) {
            // Then nobody asks for it.
        }
        for (int to = 0; to < servers.size(); to++) {
            hosts.append(PeerLinks.address(from, to))
                    .append(' ')
                    .append(servers.get(to).name())
                    .append('\n');
        }
        try {
            return Files.writeString(
                    directory.resolve("hosts-of-" + servers.get(from).name()), hosts);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<ServerUnderTest> servers() {
        return machines.stream().map(machine -> machine.server).toList();
    }

    void start() {
        machines.forEach(machine -> machine.server.start());
        machines.forEach(machine -> machine.server.awaitLeader());
    }

    /** Whether it can be done here. */
    boolean suits(Fault fault) {
        return switch (fault) {
            case SLOW_DISK, FAILING_DISK, FULL_DISK -> machines.get(0).disk != null;
            case CLOCK -> machines.get(0).clock != null;
            default -> true;
        };
    }

    /** Begins a fault that {@linkplain #suits suits}; the answer ends it. */
    Runnable begin(Step step) {
        noteEnds();
        Machine one = machines.get(step.server());
        return switch (step.fault()) {
            case KILL -> kill(List.of(one));
            case KILL_ALL -> kill(machines);
            case RESTART -> {
                one.server.signal("CONT");
                if (one.server.isAlive()) {
                    one.server.stop();
                }
                yield () -> startIfStopped(one);
            }
            case PAUSE -> {
                one.server.signal("STOP");
                yield () -> one.server.signal("CONT");
            }
            case ISOLATE -> cut(ways(step.server(), true, true), step.flip());
            case CUT_PAIR -> {
                Link link = new Link(step.server(), step.other());
                yield cut(List.of(link, link.back()), step.flip());
            }
            case MUTE -> cut(ways(step.server(), true, false), false);
            case DEAFEN -> cut(ways(step.server(), false, true), false);
            case DELAY -> {
                links.delay(1 + step.amount() * DELAY_MILLIS_MAX / FaultPlan.AMOUNTS);
                yield () -> links.delay(0);
            }
            case LOSS -> {
                links.lose(1 + step.amount() * LOSS_PER_MILLE_MAX / FaultPlan.AMOUNTS);
                yield () -> links.lose(0);
            }
            case CLOCK -> {
                JumpingClock clock = there(one.clock);
                long seconds = step.amount() * JUMP_SECONDS_MAX / FaultPlan.AMOUNTS;
                clock.set(step.flip() ? seconds : -seconds);
                yield () -> {};
            }
            case SLOW_DISK -> slow(there(one.disk), 1 + step.amount() * FREEZE_MILLIS_MAX / FaultPlan.AMOUNTS);
            case FAILING_DISK -> failing(one, there(one.disk), step.flip());
            case FULL_DISK -> {
                SmallDisk disk = there(one.disk);
                one.mayEnd = true;
                disk.fill(step.amount() * LEFT_BYTES_MAX / FaultPlan.AMOUNTS);
                yield () -> {
                    disk.empty();
                    restartIfItMayEnd(one);
                };
            }
            case TRANSFER -> {
                try {
                    ServerUnderTest.send(one.server
                            .request("/v1/operator/raft/transfer-leader")
                            .timeout(Duration.ofSeconds(1))
                            .PUT(HttpRequest.BodyPublishers.noBody()));
                } catch (UncheckedIOException e) {
                    // It does not lead, or nobody does.
                }
                yield () -> {};
            }
        };
    }

    private static <T> T there(@Nullable T one) {
        if (one == null) {
            throw new IllegalStateException("no such fault here: ask suits()");
        }
        return one;
    }

    private Runnable kill(List<Machine> killed) {
        killed.forEach(machine -> machine.server.kill());
        return () -> killed.forEach(this::startIfStopped);
    }

    private void startIfStopped(Machine machine) {
        if (!machine.server.isAlive() && !machine.server.hasEndedByItself()) {
            machine.server.start();
        }
    }

    private Runnable cut(List<Link> ways, boolean resets) {
        links.cut(ways, resets);
        return () -> links.mend(ways);
    }

    private List<Link> ways(int server, boolean sent, boolean heard) {
        List<Link> ways = new ArrayList<>();
        IntStream.range(0, machines.size()).filter(other -> other != server).forEach(other -> {
            Link link = new Link(server, other);
            if (sent) {
                ways.add(link);
            }
            if (heard) {
                ways.add(link.back());
            }
        });
        return ways;
    }

    /** By a thread of its own, for as long as the fault lasts. It is not interrupted: a command in the middle would look like one that failed. */
    private static Runnable slow(SmallDisk disk, int frozenMillis) {
        AtomicBoolean over = new AtomicBoolean();
        Thread thread = new Thread(
                () -> {
                    while (!over.get()) {
                        disk.freeze();
                        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(frozenMillis));
                        disk.thaw();
                        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(frozenMillis / 4));
                    }
                },
                "slow-disk");
        thread.start();
        return () -> {
            over.set(true);
            join(thread);
        };
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Afterwards the file system is mounted again: what it only had in memory is gone, as after a loss of power. */
    private Runnable failing(Machine machine, SmallDisk disk, boolean wholly) {
        machine.mayEnd = true;
        if (wholly) {
            disk.abort();
        } else {
            disk.failNewBlocks();
        }
        return () -> {
            countEndByDisk(machine);
            machine.server.kill();
            disk.repair();
            machine.server.start();
            machine.mayEnd = false;
        };
    }

    private void countEndByDisk(Machine machine) {
        endsByDisk += machine.server.hasEndedByItself() ? 1 : 0;
    }

    /** How often a server has ended because its disk failed or was full. */
    int endsByDisk() {
        return endsByDisk;
    }

    private void restartIfItMayEnd(Machine machine) {
        if (machine.mayEnd && !machine.server.isAlive()) {
            countEndByDisk(machine);
            machine.server.start();
            machine.mayEnd = false;
        }
    }

    private void noteEnds() {
        for (Machine machine : machines) {
            if (machine.server.hasEndedByItself() && !machine.mayEnd) {
                List<String> lines = machine.server.output().lines().toList();
                unexpectedEnds.add(machine.server.name() + " ended by itself with " + machine.server.awaitExit() + ":\n"
                        + String.join("\n", lines.subList(Math.max(0, lines.size() - LINES_SHOWN), lines.size())));
                machine.server.start();
            }
        }
    }

    /** Servers that ended without a reason: none should. */
    List<String> unexpectedEnds() {
        return unexpectedEnds;
    }

    /** Every fault must have been ended. Whoever ended for a disk that failed or was full is started, and is called until all run. */
    void revive() {
        noteEnds();
        machines.forEach(this::restartIfItMayEnd);
        machines.forEach(this::startIfStopped);
    }

    @Override
    public void close() {
        links.close();
        for (Machine machine : machines) {
            machine.server.close();
            if (machine.disk != null) {
                machine.disk.close();
            }
        }
    }
}
