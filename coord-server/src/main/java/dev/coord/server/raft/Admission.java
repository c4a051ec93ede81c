package dev.coord.server.raft;

import dev.coord.api.raft.v1.JoinRequest;
import dev.coord.api.raft.v1.ServerInfo;
import dev.coord.server.state.Change.ServiceInstance;
import dev.coord.server.state.State;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who is let into the cluster without an operator's doing. Two are not: a server with an empty directory at the address of a
 * voter, because the configuration counts on a vote and a log that it has forgotten; and one that was taken out, because
 * whoever did that meant it. Raft's configuration knows addresses alone, so whose an address is comes from what its server said
 * while it was there, and from the catalog, which outlives a restart.
 *
 * <p>Safe from any thread; nothing blocks.
 */
final class Admission {

    /** The service that stands for a server in the catalog. */
    private static final String SERVICE = "consul";

    private final Supplier<ServerInfo> self;
    private final Supplier<ServerIdentity> identity;
    private final Supplier<State> states;
    private final Supplier<Map<String, ServerInfo>> known;

    Admission(
            Supplier<ServerInfo> self,
            Supplier<ServerIdentity> identity,
            Supplier<State> states,
            Supplier<Map<String, ServerInfo>> known) {
        this.self = self;
        this.identity = identity;
        this.states = states;
        this.known = known;
    }

    /** This server's own request to be let in. */
    JoinRequest request(boolean askOnly) {
        ServerIdentity own = identity.get();
        return JoinRequest.newBuilder()
                .setSelf(self.get())
                .setAskOnly(askOnly)
                .setPreviousAddress(own.raftAddress())
                .setLeft(own.left())
                .build();
    }

    /** True for a server without data where one of another id is expected. */
    boolean isStranger(ServerInfo server, String expectedId) {
        return !server.getHasState() && !expectedId.isEmpty() && !expectedId.equals(server.getNodeId());
    }

    /** On the leader: why a server is not let in until somebody does something; null: nothing speaks against it. */
    @Nullable
    String refusal(JoinRequest request, Peers now) {
        ServerInfo joiner = request.getSelf();
        String address = joiner.getRaftAddress();
        if (now.voters().contains(address)) {
            return isStranger(joiner, idOf(address)) || isStranger(joiner, idInCatalog(address))
                    ? "its data directory is empty, but the cluster counts on the voter at " + address
                            + ", whose votes and log entries an empty one has forgotten. If that server's data is lost,"
                            + " take it out first with 'coord operator raft remove " + address
                            + "' and then start this one again; if it is not, give this one the directory that it had"
                    : null;
        }
        boolean wasThere = joiner.getHasState() && !request.getPreviousAddress().isEmpty();
        if (now.contains(address) || !wasThere || request.getLeft() || addressBefore(request, now) != null) {
            return null;
        }
        return "it was taken out of the cluster. 'coord operator raft add " + address
                + "' lets it in again with the data that it has; with an empty data directory it joins as a new server";
    }

    /** The address in the configuration that a server had before it moved; null: it was not there. */
    @Nullable
    String addressBefore(JoinRequest request, Peers now) {
        String id = request.getSelf().getNodeId();
        for (String address : now.all()) {
            if (idOf(address).equals(id)) {
                return address;
            }
        }
        String previous = request.getPreviousAddress();
        return now.contains(previous)
                        && (idOf(previous).isEmpty() || idOf(previous).equals(id))
                ? previous
                : null;
    }

    private String idOf(String address) {
        ServerInfo info = known.get().get(address);
        return info == null ? "" : info.getNodeId();
    }

    private String idInCatalog(String address) {
        for (ServiceInstance instance : states.get().instances(SERVICE)) {
            String host = instance.node().address();
            String at = (host.contains(":") ? "[" + host + "]" : host) + ":"
                    + instance.service().port();
            if (at.equals(address)) {
                return instance.node().id();
            }
        }
        return "";
    }
}
