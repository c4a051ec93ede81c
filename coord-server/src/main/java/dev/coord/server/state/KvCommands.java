package dev.coord.server.state;

import dev.coord.server.command.Command;
import dev.coord.server.command.CommandResult.Rejection;
import dev.coord.server.command.SessionEntry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the KV commands do to a draft. Each answers whether its conditions held. */
final class KvCommands {

    private KvCommands() {}

    static boolean put(Draft draft, Command.KvPut put) {
        KvEntry before = draft.kv.get(put.key());
        if (put.acquire() != null && draft.kv.closedUntil().get(put.key()) > 0) {
            return false;
        }
        String acquirer = put.acquire() == null ? null : sessionOf(draft, put.acquire());
        if (put.cas() != null && put.cas() != (before == null ? 0 : before.modifyIndex())) {
            return false;
        }
        String holder = before == null ? null : before.session();
        // As in Consul, a put without a session keeps the holder but starts the count of acquisitions anew.
        long lockIndex = 0;
        if (acquirer != null) {
            if (holder != null && !holder.equals(acquirer)) {
                return false;
            }
            lockIndex = (before == null ? 0 : before.lockIndex()) + (holder == null ? 1 : 0);
            holder = acquirer;
        } else if (put.release() != null) {
            if (before == null || !put.release().equals(holder)) {
                return false;
            }
            lockIndex = before.lockIndex();
            holder = null;
        }
        KvEntry after = new KvEntry(
                put.key(),
                put.value(),
                put.flags(),
                before == null ? draft.revision : before.createIndex(),
                draft.revision,
                lockIndex,
                holder);
        if (before == null || !before.sameAs(after)) {
            set(draft, before, after);
        }
        return true;
    }

    private static String sessionOf(Draft draft, String id) {
        SessionEntry session = draft.sessions.get(id);
        if (session == null) {
            throw new Refusal(Rejection.Kind.INVALID_SESSION, "invalid session \"" + id + "\"");
        }
        return session.id();
    }

    static boolean delete(Draft draft, Command.KvDelete delete) {
        KvEntry entry = draft.kv.get(delete.key());
        if (entry == null) {
            return true;
        }
        if (delete.cas() != null && delete.cas() != entry.modifyIndex()) {
            return false;
        }
        remove(draft, entry);
        return true;
    }

    static boolean deleteTree(Draft draft, Command.KvDeleteTree delete) {
        List<KvEntry> entries = draft.kv.under(delete.prefix());
        for (KvEntry entry : entries) {
            remove(draft, entry);
        }
        return true;
    }

    /** Lets go of a key whose session has ended. */
    static void release(Draft draft, KvEntry held) {
        set(
                draft,
                held,
                new KvEntry(
                        held.key(),
                        held.value(),
                        held.flags(),
                        held.createIndex(),
                        draft.revision,
                        held.lockIndex(),
                        null));
    }

    private static void set(Draft draft, @Nullable KvEntry before, KvEntry after) {
        draft.kv = draft.kv.with(after);
        draft.changes.add(new Change.Kv(after.key(), before, after));
    }

    static void remove(Draft draft, KvEntry entry) {
        draft.kv = draft.kv.without(entry, draft.revision);
        draft.changes.add(new Change.Kv(entry.key(), entry, null));
    }
}
