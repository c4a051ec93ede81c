package dev.coord.client;

import com.google.protobuf.ByteString;
import dev.coord.api.v1.DeleteRequest;
import dev.coord.api.v1.DeleteResponse;
import dev.coord.api.v1.GetRequest;
import dev.coord.api.v1.KVGrpc;
import dev.coord.api.v1.ListRequest;
import dev.coord.api.v1.PutRequest;
import dev.coord.api.v1.PutResponse;
import dev.coord.client.Calls.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Keys and values. Safe from any thread.
 *
 * <p>Every operation has two forms: one that blocks, at most for the client's deadline, and throws {@link CoordException},
 * and one whose name ends in {@code Async} and whose future fails with it. Futures complete on the client's executor.
 *
 * <p><b>Repeating.</b> Reads are tried on all servers until the deadline. A write is tried again only when it surely was not
 * executed; when nobody can know, it fails with {@link CoordException.Reason#UNKNOWN_OUTCOME} or {@link
 * CoordException.Reason#TIMEOUT}, and the caller reads before it decides.
 */
public final class Kv {

    /** The most keys in one page. */
    public static final int PAGE_KEYS_MAX = 1_000;

    private final Calls calls;

    Kv(Calls calls) {
        this.calls = calls;
    }

    /** The key's entry; empty when there is no such key. Linearizable. */
    public Optional<KvEntry> get(String key) {
        return Waits.join(getAsync(key, ReadMode.LINEARIZABLE));
    }

    /** The key's entry; empty when there is no such key. */
    public Optional<KvEntry> get(String key, ReadMode mode) {
        return Waits.join(getAsync(key, mode));
    }

    /** As {@link #get(String, ReadMode)}. */
    public CompletableFuture<Optional<KvEntry>> getAsync(String key, ReadMode mode) {
        GetRequest request = GetRequest.newBuilder()
                .setKey(key)
                .setConsistency(mode.message())
                .build();
        return calls.call(Kind.READ, KVGrpc.getGetMethod(), request, "Get of key '" + key + "'")
                .thenApply(
                        answer -> answer.hasKv() ? Optional.of(KvEntry.of(answer.getKv())) : Optional.<KvEntry>empty());
    }

    /**
     * One page of the keys under a prefix, in the order of their UTF-8 bytes.
     *
     * @param prefix empty: all keys
     * @param after only keys after this one; empty: from the first
     * @param limit from 1 to {@link #PAGE_KEYS_MAX}; the page ends earlier when it is large
     */
    public Page page(String prefix, String after, int limit) {
        return Waits.join(pageAsync(prefix, after, limit, ReadMode.LINEARIZABLE));
    }

    /** As {@link #page}. */
    public CompletableFuture<Page> pageAsync(String prefix, String after, int limit, ReadMode mode) {
        ListRequest request = ListRequest.newBuilder()
                .setPrefix(prefix)
                .setAfter(after)
                .setLimit(limit)
                .setConsistency(mode.message())
                .build();
        return calls.call(Kind.READ, KVGrpc.getListMethod(), request, "List of prefix '" + prefix + "'")
                .thenApply(answer ->
                        new Page(answer.getKvsList().stream().map(KvEntry::of).toList(), answer.getMore()));
    }

    /**
     * A page of a list.
     *
     * @param more ask again, after the last entry
     */
    public record Page(List<KvEntry> entries, boolean more) {
        public Page {
            entries = List.copyOf(entries);
        }
    }

    /**
     * All entries under a prefix, in order, read page by page: each page is linearizable, the whole is not one moment. For
     * that, {@link CoordClient#watch} the prefix.
     */
    public List<KvEntry> list(String prefix) {
        List<KvEntry> all = new ArrayList<>();
        Page page = page(prefix, "", PAGE_KEYS_MAX);
        all.addAll(page.entries());
        while (page.more()) {
            page = page(prefix, all.get(all.size() - 1).key(), PAGE_KEYS_MAX);
            all.addAll(page.entries());
        }
        return all;
    }

    /** Sets a key to a text, as UTF-8. */
    public long put(String key, String value) {
        return put(key, ByteString.copyFromUtf8(value));
    }

    /**
     * Sets a key.
     *
     * @return the revision that did it
     */
    public long put(String key, ByteString value) {
        return Waits.join(putAsync(key, value));
    }

    /** As {@link #put(String, ByteString)}. */
    public CompletableFuture<Long> putAsync(String key, ByteString value) {
        return put(
                        Kind.WRITE,
                        PutRequest.newBuilder().setKey(key).setValue(value).build(),
                        "Put")
                .thenApply(PutResponse::getRevision);
    }

    /**
     * Sets a key if it was not changed meanwhile.
     *
     * @param expectedRevision the {@link KvEntry#modifyRevision()} that it must have; 0: it must not exist
     * @return false when it is otherwise; nothing happened
     */
    public boolean compareAndSet(String key, long expectedRevision, ByteString value) {
        return Waits.join(compareAndSetAsync(key, expectedRevision, value));
    }

    /** As {@link #compareAndSet(String, long, ByteString)}, with a text as UTF-8. */
    public boolean compareAndSet(String key, long expectedRevision, String value) {
        return compareAndSet(key, expectedRevision, ByteString.copyFromUtf8(value));
    }

    /** As {@link #compareAndSet(String, long, ByteString)}. */
    public CompletableFuture<Boolean> compareAndSetAsync(String key, long expectedRevision, ByteString value) {
        PutRequest request = PutRequest.newBuilder()
                .setKey(key)
                .setValue(value)
                .setIfModifyRevision(expectedRevision)
                .build();
        return put(Kind.WRITE, request, "Compare-and-set").thenApply(PutResponse::getApplied);
    }

    CompletableFuture<PutResponse> put(Kind kind, PutRequest request, String verb) {
        return calls.call(kind, KVGrpc.getPutMethod(), request, verb + " of key '" + request.getKey() + "'");
    }

    /** Deletes a key; to delete what is not there succeeds. */
    public void delete(String key) {
        DeleteResponse unused = Waits.join(delete(DeleteRequest.newBuilder().setKey(key)));
    }

    /** As {@link #delete}. */
    public CompletableFuture<Void> deleteAsync(String key) {
        return delete(DeleteRequest.newBuilder().setKey(key)).thenAccept(answer -> {});
    }

    /**
     * Deletes a key if it was not changed meanwhile.
     *
     * @return false when it was; nothing happened
     */
    public boolean compareAndDelete(String key, long expectedRevision) {
        return Waits.join(delete(DeleteRequest.newBuilder().setKey(key).setIfModifyRevision(expectedRevision)))
                .getApplied();
    }

    /** Deletes, in one revision, every key that starts with the prefix; an empty one: all. */
    public void deleteTree(String prefix) {
        DeleteResponse unused =
                Waits.join(delete(DeleteRequest.newBuilder().setKey(prefix).setRecurse(true)));
    }

    private CompletableFuture<DeleteResponse> delete(DeleteRequest.Builder request) {
        return calls.call(
                Kind.WRITE,
                KVGrpc.getDeleteMethod(),
                request.build(),
                "Delete of " + (request.getRecurse() ? "prefix" : "key") + " '" + request.getKey() + "'");
    }
}
