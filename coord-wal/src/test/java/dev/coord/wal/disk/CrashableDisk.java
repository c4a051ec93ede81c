package dev.coord.wal.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.NullUnmarked;

/**
 * A disk in memory that can lose power: of what was not synced any part survives, sector by sector, in any order. It can
 * also stop at a given write or sync, be full, or fail a sync and then pretend, as Linux does, that its cache is clean.
 *
 * <p>For one thread.
 */
@NullUnmarked
public final class CrashableDisk implements Disk {

    public static final int SECTOR_BYTES = 512;

    /** The power is gone: every later call gets the same. */
    public static final class PowerCut extends IOException {
        private static final long serialVersionUID = 1L;

        PowerCut(int step) {
            super("power cut at step " + step);
        }
    }

    private static final class Inode {
        byte[] cached = new byte[0];
        byte[] durable = new byte[0];

        /** Written, not synced. */
        final List<Piece> pending = new ArrayList<>();

        Inode copy() {
            Inode copy = new Inode();
            copy.cached = cached.clone();
            copy.durable = durable.clone();
            copy.pending.addAll(pending);
            return copy;
        }
    }

    /** At most one sector. */
    private record Piece(int position, ByteBuffer bytes) {
        byte[] applyTo(byte[] to) {
            byte[] applied =
                    to.length < position + bytes.remaining() ? Arrays.copyOf(to, position + bytes.remaining()) : to;
            bytes.duplicate().get(applied, position, bytes.remaining());
            return applied;
        }
    }

    /** Names that come to stand for these files; null takes a name away. */
    private record DirectoryChange(Map<String, Inode> names) {}

    private final Map<String, Inode> cachedNames;
    private final Map<String, Inode> durableNames;
    private final List<DirectoryChange> pendingChanges = new ArrayList<>();

    /** Writes, syncs and directory changes so far. */
    private int steps;

    private int openFiles;
    private int reads;
    private long readBytes;

    private int stopAt = Integer.MAX_VALUE;
    private int failSyncAt = Integer.MAX_VALUE;
    private long capacity = Long.MAX_VALUE;

    public CrashableDisk() {
        this(new TreeMap<>(), new TreeMap<>());
    }

    /** A disk that holds these files, durable. */
    public static CrashableDisk holding(Map<String, byte[]> files) {
        CrashableDisk disk = new CrashableDisk();
        files.forEach((name, bytes) -> {
            Inode inode = new Inode();
            inode.cached = bytes.clone();
            inode.durable = bytes.clone();
            disk.cachedNames.put(name, inode);
            disk.durableNames.put(name, inode);
        });
        return disk;
    }

    /** What the files hold, by name. */
    public Map<String, byte[]> files() {
        Map<String, byte[]> files = new TreeMap<>();
        cachedNames.forEach((name, inode) -> files.put(name, inode.cached.clone()));
        return files;
    }

    private CrashableDisk(Map<String, Inode> cachedNames, Map<String, Inode> durableNames) {
        this.cachedNames = cachedNames;
        this.durableNames = durableNames;
    }

    /** Cuts the power right after this step reached the cache, and before it could reach the disk for certain. */
    public void stopAt(int step) {
        stopAt = step;
    }

    /** Lets the sync at this step fail; what it should have made durable is lost and only the cache has it. */
    public void failSyncAt(int step) {
        failSyncAt = step;
    }

    /** Bytes that all files may have together. */
    public void capacity(long bytes) {
        capacity = bytes;
    }

    public int openFiles() {
        return openFiles;
    }

    public int reads() {
        return reads;
    }

    public long readBytes() {
        return readBytes;
    }

    public int steps() {
        return steps;
    }

    /** What a machine finds after the power came back: what was synced, and any part of the rest. */
    public CrashableDisk afterPowerCut(Random random) {
        int chance = random.nextInt(4); // 0: nothing, 3: everything that was not synced survives
        Map<Inode, Inode> survivors = new HashMap<>();
        Map<String, Inode> names = new TreeMap<>(durableNames);
        for (DirectoryChange change : pendingChanges) {
            if (survives(random, chance)) {
                change.names.forEach((name, inode) -> {
                    if (inode == null) {
                        names.remove(name);
                    } else {
                        names.put(name, inode);
                    }
                });
            }
        }
        names.replaceAll((name, inode) -> survivors.computeIfAbsent(inode, file -> {
            Inode survivor = new Inode();
            survivor.durable = file.durable.clone();
            for (Piece piece : file.pending) {
                if (survives(random, chance)) {
                    survivor.durable = piece.applyTo(survivor.durable);
                }
            }
            survivor.cached = survivor.durable.clone();
            return survivor;
        }));
        return new CrashableDisk(new TreeMap<>(names), names);
    }

    private static boolean survives(Random random, int chance) {
        return chance == 3 || (chance > 0 && random.nextInt(3) < chance);
    }

    /** What the next process finds when this one was killed: the cache, of which the disk still has only a part. */
    public CrashableDisk afterKill() {
        Map<Inode, Inode> copies = new HashMap<>();
        Map<String, Inode> cached = new TreeMap<>(cachedNames);
        cached.replaceAll((name, inode) -> copies.computeIfAbsent(inode, Inode::copy));
        Map<String, Inode> durable = new TreeMap<>(durableNames);
        durable.replaceAll((name, inode) -> copies.computeIfAbsent(inode, Inode::copy));
        CrashableDisk next = new CrashableDisk(cached, durable);
        for (DirectoryChange change : pendingChanges) {
            Map<String, Inode> names = new HashMap<>(change.names);
            names.replaceAll((name, inode) -> inode == null ? null : copies.computeIfAbsent(inode, Inode::copy));
            next.pendingChanges.add(new DirectoryChange(names));
        }
        return next;
    }

    private void checkPower() throws PowerCut {
        if (steps >= stopAt) {
            throw new PowerCut(stopAt);
        }
    }

    /** Call when the cache has the step's effect. */
    private void step() throws PowerCut {
        steps++;
        checkPower();
    }

    private Inode find(String name) throws NoSuchFileException {
        Inode inode = cachedNames.get(name);
        if (inode == null) {
            throw new NoSuchFileException(name);
        }
        return inode;
    }

    private void change(Map<String, Inode> names) throws PowerCut {
        names.forEach((name, inode) -> {
            if (inode == null) {
                cachedNames.remove(name);
            } else {
                cachedNames.put(name, inode);
            }
        });
        pendingChanges.add(new DirectoryChange(names));
        step();
    }

    @Override
    public String describe(String name) {
        return "disk/" + name;
    }

    @Override
    public Set<String> list() throws IOException {
        checkPower();
        return Set.copyOf(cachedNames.keySet());
    }

    @Override
    public long size(String name) throws IOException {
        checkPower();
        return find(name).cached.length;
    }

    @Override
    public DiskFile create(String name) throws IOException {
        checkPower();
        if (cachedNames.containsKey(name)) {
            throw new FileAlreadyExistsException(name);
        }
        Inode inode = new Inode();
        change(Map.of(name, inode));
        return new OpenFile(inode);
    }

    @Override
    public DiskFile open(String name) throws IOException {
        checkPower();
        return new OpenFile(find(name));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        checkPower();
        Map<String, Inode> names = new HashMap<>();
        names.put(to, find(from));
        names.put(from, null);
        change(names);
    }

    @Override
    public void delete(String name) throws IOException {
        checkPower();
        find(name);
        Map<String, Inode> names = new HashMap<>();
        names.put(name, null);
        change(names);
    }

    @Override
    public void syncDirectory() throws IOException {
        checkPower();
        step();
        if (steps == failSyncAt) {
            throw new IOException("directory sync failed at step " + steps);
        }
        durableNames.clear();
        durableNames.putAll(cachedNames);
        pendingChanges.clear();
    }

    private long usedBytes() {
        return cachedNames.values().stream()
                .mapToLong(inode -> inode.cached.length)
                .sum();
    }

    private final class OpenFile implements DiskFile {

        private final Inode inode;
        private boolean closed;

        OpenFile(Inode inode) {
            this.inode = inode;
            openFiles++;
        }

        private void check() throws IOException {
            checkPower();
            if (closed) {
                throw new ClosedChannelException();
            }
        }

        @Override
        public void read(ByteBuffer into, long position) throws IOException {
            check();
            if (position < inode.cached.length) {
                int bytes = (int) Math.min(into.remaining(), inode.cached.length - position);
                into.put(inode.cached, (int) position, bytes);
                reads++;
                readBytes += bytes;
            }
        }

        @Override
        public void write(ByteBuffer from, long position) throws IOException {
            check();
            int at = (int) position;
            while (from.hasRemaining()) {
                int bytes = Math.min(from.remaining(), SECTOR_BYTES - at % SECTOR_BYTES);
                long growth = Math.max(0, at + bytes - inode.cached.length);
                if (usedBytes() + growth > capacity) {
                    throw new IOException("No space left on device");
                }
                Piece piece = new Piece(at, ByteBuffer.allocate(bytes).put(0, from, from.position(), bytes));
                from.position(from.position() + bytes);
                inode.cached = piece.applyTo(inode.cached);
                inode.pending.add(piece);
                at += bytes;
            }
            step();
        }

        @Override
        public void sync() throws IOException {
            check();
            step();
            if (steps == failSyncAt) {
                inode.pending.clear();
                throw new IOException("Input/output error (sync at step " + steps + ")");
            }
            for (Piece piece : inode.pending) {
                inode.durable = piece.applyTo(inode.durable);
            }
            inode.pending.clear();
        }

        @Override
        public long size() throws IOException {
            check();
            return inode.cached.length;
        }

        @Override
        public void close() {
            if (!closed) {
                openFiles--;
            }
            closed = true;
        }
    }
}
