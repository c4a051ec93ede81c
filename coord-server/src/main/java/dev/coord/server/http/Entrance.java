package dev.coord.server.http;

import dev.coord.server.limits.Limits;
import dev.coord.server.limits.WaitingRoom;
import io.vertx.core.http.HttpConnection;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;

/** Where connections that come to watch pass the waiting room, once each. One for each event loop, and its alone. */
final class Entrance {

    private static final int MILLIS_PER_SECOND = 1_000;

    private final Limits limits;
    /** Which opening of the room the connections below were let in at. */
    private int opening;
    /** Kept while the room is open; a connection that is gone is not kept for being here. */
    private final Set<HttpConnection> inside = Collections.newSetFromMap(new WeakHashMap<>());

    Entrance(Limits limits) {
        this.limits = limits;
    }

    /** @throws HttpError 503 with {@code Retry-After} when it has to wait outside */
    void enter(HttpConnection connection) {
        WaitingRoom room = limits.waitingRoom();
        long now = limits.now();
        if (!room.isOpen(now)) {
            inside.clear();
            return;
        }
        if (opening != room.opening()) {
            opening = room.opening();
            inside.clear();
        }
        if (inside.contains(connection)) {
            return;
        }
        long millis = room.enter(now);
        if (millis > 0) {
            throw new HttpError(
                    503, WaitingRoom.message(millis), (int) ((millis + MILLIS_PER_SECOND - 1) / MILLIS_PER_SECOND));
        }
        inside.add(connection);
    }
}
