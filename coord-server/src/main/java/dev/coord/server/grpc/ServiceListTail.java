package dev.coord.server.grpc;

import dev.coord.api.v1.Changes;
import dev.coord.api.v1.ServiceSummary;
import dev.coord.api.v1.WatchFrame;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.state.State;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one watch of all services has told, so that it tells only what differs. An event of that subject names an instance,
 * which is not enough to sum up its service; so an event makes the watch compare the newest list with the one told last.
 * Used by one thread at a time.
 */
final class ServiceListTail {

    private final ServiceSummaries summaries;
    private SortedMap<String, ServiceSummary> told = new TreeMap<>();

    ServiceListTail(ServiceSummaries summaries) {
        this.summaries = summaries;
    }

    /** The client knows the list of this state. */
    void told(State state, Authorizer may) {
        told = summaries.of(state, may);
    }

    /** What differs in a state from the list told last, which it becomes. */
    EncodedFrame next(State state, Authorizer may) {
        SortedMap<String, ServiceSummary> now = summaries.of(state, may);
        Changes.Builder changes = Changes.newBuilder();
        now.forEach((name, summary) -> {
            if (!summary.equals(told.get(name))) {
                changes.addChangesBuilder().setService(summary);
            }
        });
        told.keySet().stream().filter(name -> !now.containsKey(name)).forEach(name -> changes.addChangesBuilder()
                .setServiceRemoved(name));
        told = now;
        return changes.getChangesCount() == 0
                ? EncodedFrame.NOTHING
                : EncodedFrame.of(WatchFrame.newBuilder()
                        .setRevision(state.revision())
                        .setChanges(changes)
                        .build());
    }
}
