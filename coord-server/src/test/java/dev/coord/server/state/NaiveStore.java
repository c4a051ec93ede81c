package dev.coord.server.state;

import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import dev.coord.server.command.SessionEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Keys and sessions as simple as can be: mutable maps, a scan for every question. What the model test compares with. */
final class NaiveStore {

    final Map<String, KvEntry> keys = new HashMap<>();
    final Map<String, SessionEntry> sessions = new HashMap<>();
    final Map<String, Long> lastTouched = new HashMap<>();
    private final Map<String, CheckStatus> checks = new HashMap<>();
    private final Map<String, Long> closedUntil = new HashMap<>();
    private long revision;
    private long timeMillis;

    NaiveStore(long revision) {
        this.revision = revision;
    }

    void addCheck(String node, String check) {
        checks.put(node + "/" + check, CheckStatus.PASSING);
    }

    boolean apply(Command command, long atMillis) {
        revision++;
        timeMillis = atMillis;
        if (command instanceof Command.KvPut put) {
            return put(put);
        } else if (command instanceof Command.KvDelete delete) {
            KvEntry entry = keys.get(delete.key());
            if (entry != null && delete.cas() != null && delete.cas() != entry.modifyIndex()) {
                return false;
            }
            remove(delete.key());
            return true;
        } else if (command instanceof Command.KvDeleteTree tree) {
            List.copyOf(keys.keySet()).stream()
                    .filter(key -> key.startsWith(tree.prefix()))
                    .forEach(this::remove);
            return true;
        } else if (command instanceof Command.CreateSession create) {
            return create(create.session());
        } else if (command instanceof Command.DestroySession destroy) {
            end(destroy.id());
            return true;
        } else if (command instanceof Command.UpdateCheck update) {
            checks.put(update.node() + "/" + update.checkId(), update.status());
            if (update.status() == CheckStatus.CRITICAL) {
                List.copyOf(sessions.values()).stream()
                        .filter(session -> session.node().equals(update.node())
                                && session.nodeChecks().contains(update.checkId()))
                        .forEach(session -> end(session.id()));
            }
            return true;
        }
        throw new IllegalArgumentException(command.toString());
    }

    private boolean put(Command.KvPut put) {
        KvEntry old = keys.get(put.key());
        String holder = old == null ? null : old.session();
        if (put.cas() != null && (old == null ? put.cas() != 0 : put.cas() != old.modifyIndex())) {
            return false;
        }
        if (put.acquire() != null) {
            boolean closed = closedUntil.getOrDefault(put.key(), 0L) > timeMillis;
            boolean taken = holder != null && !holder.equals(put.acquire());
            if (closed || taken || !sessions.containsKey(put.acquire())) {
                return false;
            }
            long count = old == null ? 0 : old.lockIndex();
            set(put, old, holder == null ? count + 1 : count, put.acquire());
        } else if (put.release() != null) {
            if (old == null || !put.release().equals(holder)) {
                return false;
            }
            set(put, old, old.lockIndex(), null);
        } else {
            set(put, old, 0, holder);
        }
        return true;
    }

    private void set(Command.KvPut put, @Nullable KvEntry old, long lockIndex, @Nullable String session) {
        boolean same = old != null
                && old.value().equals(put.value())
                && old.flags() == put.flags()
                && old.lockIndex() == lockIndex
                && Objects.equals(old.session(), session);
        if (!same) {
            long created = old == null ? revision : old.createIndex();
            keys.put(
                    put.key(), new KvEntry(put.key(), put.value(), put.flags(), created, revision, lockIndex, session));
            lastTouched.put(put.key(), revision);
        }
    }

    private void remove(String key) {
        if (keys.remove(key) != null) {
            lastTouched.put(key, revision);
        }
    }

    private boolean create(SessionEntry session) {
        boolean healthy = session.nodeChecks().stream()
                .allMatch(check -> checks.get(session.node() + "/" + check) != CheckStatus.CRITICAL);
        if (healthy) {
            sessions.put(session.id(), session.withIndexes(revision, revision));
        }
        return healthy;
    }

    private void end(String id) {
        SessionEntry session = sessions.remove(id);
        if (session == null) {
            return;
        }
        for (KvEntry entry : new ArrayList<>(keys.values())) {
            if (id.equals(entry.session())) {
                closedUntil.put(entry.key(), timeMillis + session.lockDelayMillis());
                lastTouched.put(entry.key(), revision);
                if (session.behavior() == SessionEntry.Behavior.DELETE) {
                    keys.remove(entry.key());
                } else {
                    keys.put(
                            entry.key(),
                            new KvEntry(
                                    entry.key(),
                                    entry.value(),
                                    entry.flags(),
                                    entry.createIndex(),
                                    revision,
                                    entry.lockIndex(),
                                    null));
                }
            }
        }
    }

    long prefixIndex(String prefix) {
        return lastTouched.entrySet().stream()
                .filter(touched -> touched.getKey().startsWith(prefix))
                .mapToLong(Map.Entry::getValue)
                .max()
                .orElse(1);
    }
}
