package dev.coord.server.held;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.lease.ServerNode;
import dev.coord.server.state.Change.ServiceInstance;
import dev.coord.server.state.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Who runs what, at one revision: each check goes to the live server whose name makes the highest hash with it. A server that
 * comes or goes moves only the checks that it gets or had. Who lives is what the leader has written into the catalog. Immutable.
 */
final class Shares {

    private static final long FNV_BASIS = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private final List<String> live;
    private final long[] seeds;

    private Shares(List<String> live) {
        this.live = List.copyOf(live);
        this.seeds = this.live.stream()
                .mapToLong(name -> hash(FNV_BASIS, name.toLowerCase(Locale.ROOT)))
                .toArray();
    }

    static Shares of(List<String> liveServers) {
        return new Shares(liveServers);
    }

    static Shares in(State state) {
        List<String> live = new ArrayList<>();
        for (ServiceInstance server : state.instances(ServerNode.SERVICE)) {
            CheckEntry alive = state.check(server.node().name(), ServerNode.CHECK);
            if (alive != null && alive.status() == CheckStatus.PASSING) {
                live.add(server.node().name());
            }
        }
        return new Shares(live);
    }

    /** The name of the server that runs a check; null while none is known to live. */
    @Nullable
    String runner(String node, String checkId) {
        String best = null;
        long highest = Long.MIN_VALUE;
        for (int i = 0; i < seeds.length; i++) {
            long weight = mixed(
                    hash(hash(hash(seeds[i], node.toLowerCase(Locale.ROOT)), "/"), checkId.toLowerCase(Locale.ROOT)));
            if (best == null || weight > highest) {
                best = live.get(i);
                highest = weight;
            }
        }
        return best;
    }

    private static long hash(long seed, String text) {
        long hash = seed;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * FNV_PRIME;
        }
        return hash;
    }

    /** FNV leaves the high bits to the first letters; a comparison needs all of them mixed. */
    private static long mixed(long hash) {
        long mixed = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
