package dev.coord.server.raft;

import dev.coord.server.log.FaultyStore;
import dev.coord.server.raft.FaultyNetwork.Link;
import dev.coord.server.raft.RaftClusterExtension.Member;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.maintenance.LogDirectory;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** What can happen to a cluster in one JVM, and how it is undone. One thread; what it sets is seen by the servers' threads. */
final class Disturbances {

    /** One kind of fault. */
    enum Fault {
        /** A server goes without a word and is started again. */
        KILL(true),
        /** All of them at once. */
        KILL_ALL(true),
        /** A server stops in order, handing leadership on, and is started again. */
        RESTART(true),
        /** A server and the others don't reach each other. */
        ISOLATE(false),
        /** Two servers don't reach each other; both reach the third. */
        CUT_PAIR(false),
        /** What a server sends is lost; it hears the others. */
        MUTE(false),
        /** A server hears nothing; the others hear it. */
        DEAFEN(false),
        /** Every message is late. */
        DELAY(false),
        /** Messages are lost, and connections with them. */
        LOSS(false),
        /** A server's clock jumps by hours, forwards or back. */
        CLOCK(false),
        /** Each write of a server's log takes long. */
        SLOW_DISK(false),
        /** Writes of a server's log fail, part of them on the disk: it ends by itself, and is started on a sound disk. */
        FAILING_DISK(true),
        /** Nothing more fits on a server's disk: it ends by itself, and is started when there is room. */
        FULL_DISK(true),
        /** Leadership is handed on. */
        TRANSFER(false);

        private final boolean needsDisk;

        Fault(boolean needsDisk) {
            this.needsDisk = needsDisk;
        }

        /** Whether it may be done to servers whose log is not on a disk: who forgets what it promised is no Raft server. */
        boolean suits(String backend) {
            return !needsDisk || !backend.equals(LogDirectory.MEMORY);
        }
    }

    private static final int SLOW_MILLIS_MAX = 150;
    private static final long JUMP_MILLIS_MAX = TimeUnit.HOURS.toMillis(12);

    private final RaftClusterExtension cluster;
    private final FaultyNetwork network;
    private final Random random;
    private final Map<Path, LogDisk> disks = new ConcurrentHashMap<>();
    private final Map<String, Long> clocks = new ConcurrentHashMap<>();

    Disturbances(RaftClusterExtension cluster, FaultyNetwork network, Random random, String backend) {
        this.cluster = cluster;
        this.network = network;
        this.random = random;
        cluster.connectBy(network);
        cluster.tellTimeBy(member -> new JumpingClock(member.name()));
        cluster.keepLogBy(
                directory -> new LogOn(disk(directory), LogDirectory.open(directory, backend, LogOptions.DEFAULT)));
    }

    private LogDisk disk(Path directory) {
        return disks.computeIfAbsent(directory, path -> new LogDisk());
    }

    /** Begins; the answer ends it. */
    Runnable begin(Fault fault) {
        List<Member> running =
                cluster.members().stream().filter(Member::isRunning).toList();
        if (running.isEmpty()) {
            return () -> {};
        }
        Member one = running.get(random.nextInt(running.size()));
        return switch (fault) {
            case KILL -> goAway(List.of(one), Member::kill);
            case KILL_ALL -> goAway(running, Member::kill);
            case RESTART -> goAway(List.of(one), Member::stop);
            case ISOLATE -> cut(between(one, cluster.members(), true, true));
            case CUT_PAIR -> {
                List<Member> others =
                        cluster.members().stream().filter(other -> other != one).toList();
                yield cut(between(one, List.of(others.get(random.nextInt(others.size()))), true, true));
            }
            case MUTE -> cut(between(one, cluster.members(), true, false));
            case DEAFEN -> cut(between(one, cluster.members(), false, true));
            case DELAY -> {
                network.delay(5 + random.nextInt(100));
                yield () -> network.delay(0);
            }
            case LOSS -> {
                network.lose(5 + random.nextInt(150));
                yield () -> network.lose(0);
            }
            case CLOCK -> {
                clocks.merge(one.name(), random.nextLong(-JUMP_MILLIS_MAX, JUMP_MILLIS_MAX), Long::sum);
                yield () -> {};
            }
            case SLOW_DISK -> {
                LogDisk disk = disk(one.directory().resolve("log"));
                disk.slowMillis = 1 + random.nextInt(SLOW_MILLIS_MAX);
                yield () -> disk.slowMillis = 0;
            }
            case FAILING_DISK -> breakDisk(one, "input/output error", random.nextInt(3));
            case FULL_DISK -> breakDisk(one, "no space left on device", 0);
            case TRANSFER -> {
                CompletableFuture<Void> unused = one.raft().transferLeadership(null);
                yield () -> {};
            }
        };
    }

    private interface Departure {
        void of(Member member);
    }

    private Runnable goAway(List<Member> members, Departure how) {
        members.forEach(how::of);
        return () -> members.stream().filter(member -> !member.isRunning()).forEach(Member::start);
    }

    private List<Link> between(Member one, List<Member> others, boolean there, boolean back) {
        List<Link> links = new ArrayList<>();
        for (Member other : others) {
            Link link = new Link(one.address(), other.address());
            if (other != one && there) {
                links.add(link);
            }
            if (other != one && back) {
                links.add(link.back());
            }
        }
        return links;
    }

    private Runnable cut(List<Link> links) {
        network.cut(links, random.nextBoolean());
        return () -> network.mend(links);
    }

    private Runnable breakDisk(Member member, String words, int written) {
        LogDisk disk = disk(member.directory().resolve("log"));
        disk.written = written;
        disk.failure = words;
        return () -> {
            disk.failure = "";
            restartIfEnded(member);
        };
    }

    /** The process would have ended by itself. */
    private static void restartIfEnded(Member member) {
        if (member.isRunning() && member.fatal() != null) {
            member.kill();
        }
        if (!member.isRunning()) {
            member.start();
        }
    }

    /** Why a server ended by itself that should not have; empty: none did. Disks must be sound by now. */
    List<String> unexpectedEnds() {
        return cluster.members().stream()
                .filter(member -> member.isRunning() && member.fatal() != null)
                .map(member -> member.name() + ": " + member.fatal())
                .toList();
    }

    /** Everything is whole and everybody runs. */
    void endAll() {
        network.delay(0);
        network.lose(0);
        for (LogDisk disk : disks.values()) {
            disk.failure = "";
            disk.slowMillis = 0;
        }
        cluster.members().forEach(Disturbances::restartIfEnded);
    }

    /** What the disk under a log does. */
    private static final class LogDisk {
        private volatile int slowMillis;
        /** Empty: nothing fails. */
        private volatile String failure = "";
        /** Of a batch that fails: 0: nothing, 1: the first half, 2: all of it was written all the same. */
        private volatile int written;
    }

    private static final class LogOn extends FaultyStore {

        private final LogDisk disk;

        private LogOn(LogDisk disk, LogStore store) {
            super(store);
            this.disk = disk;
        }

        @Override
        public void append(List<LogEntry> entries) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(disk.slowMillis));
            String failure = disk.failure;
            if (failure.isEmpty()) {
                super.append(entries);
                return;
            }
            int written = disk.written * entries.size() / 2;
            if (written > 0) {
                super.append(entries.subList(0, written));
            }
            throw new LogException(LogException.Kind.IO, failure);
        }

        @Override
        public void truncateSuffix(long nextKept) {
            if (!disk.failure.isEmpty()) {
                throw new LogException(LogException.Kind.IO, disk.failure);
            }
            super.truncateSuffix(nextKept);
        }
    }

    private final class JumpingClock extends Clock {

        private final String server;

        private JumpingClock(String server) {
            this.server = server;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(System.currentTimeMillis() + clocks.getOrDefault(server, 0L));
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
