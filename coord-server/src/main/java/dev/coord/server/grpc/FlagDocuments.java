package dev.coord.server.grpc;

import com.google.protobuf.ByteString;
import dev.coord.api.flagd.sync.v1.SyncFlagsResponse;
import dev.coord.server.flags.FlagTexts;
import dev.coord.server.state.FlagSetEntry;
import java.lang.ref.SoftReference;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Flag sets as flagd's clients are sent them: one message for all who follow a set, made once for a version. Keeps those asked
 * for last, as long as memory is not short. Safe from any thread.
 */
final class FlagDocuments {

    private static final int KEPT_MAX = 64;

    private record Kept(@Nullable FlagSetEntry set, SoftReference<SyncFlagsResponse> message) {}

    /** Guarded by this. */
    private final Map<String, Kept> kept = new LinkedHashMap<>(16, 0.75f, true);

    /** @param set null: there is none, which is a set without flags */
    SyncFlagsResponse of(String name, @Nullable FlagSetEntry set) {
        SyncFlagsResponse known = find(name, set);
        if (known != null) {
            return known;
        }
        // Two who ask at once may both make it: better than one that keeps all others waiting.
        SyncFlagsResponse made = SyncFlagsResponse.newBuilder()
                .setFlagConfigurationBytes(ByteString.copyFromUtf8(FlagTexts.resolvedDocument(set)))
                .build();
        keep(name, new Kept(set, new SoftReference<>(made)));
        return made;
    }

    private synchronized @Nullable SyncFlagsResponse find(String name, @Nullable FlagSetEntry set) {
        Kept found = kept.get(name);
        return found != null && Objects.equals(found.set, set) ? found.message.get() : null;
    }

    private synchronized void keep(String name, Kept made) {
        if (kept.size() >= KEPT_MAX && !kept.containsKey(name)) {
            kept.remove(kept.keySet().iterator().next());
        }
        kept.put(name, made);
    }
}
