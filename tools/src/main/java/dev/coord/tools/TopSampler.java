package dev.coord.tools;

import dev.coord.server.StartupException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Asks servers for their metrics, all at once, and keeps the last answer of each. One thread uses it. */
final class TopSampler implements AutoCloseable {

    private final HttpConnection http;
    private final Duration patience;
    private final Map<String, HttpTransport> transports = new LinkedHashMap<>();
    private final Map<String, Sample> last = new LinkedHashMap<>();

    private record Sample(MetricsText metrics, long nanos) {}

    /**
     * One server as it is now.
     *
     * @param row null: it did not answer, or has been asked once only
     * @param silence why there is no answer; empty: there is one
     */
    record Seen(ServerAddresses.Place place, @Nullable TopRow row, String silence) {

        boolean answered() {
            return silence.isEmpty();
        }
    }

    private record Asked(@Nullable Sample sample, String silence) {}

    /** @param patience a server that takes longer is taken for one that does not answer */
    TopSampler(HttpConnection http, Duration patience) {
        this.http = http;
        this.patience = patience;
    }

    List<Seen> look(List<ServerAddresses.Place> places) {
        List<CompletableFuture<Asked>> underWay = new ArrayList<>();
        for (ServerAddresses.Place place : places) {
            HttpTransport transport =
                    transports.computeIfAbsent(place.target().text(), unused -> http.open(place.target()));
            underWay.add(CompletableFuture.supplyAsync(
                    () -> ask(transport), task -> ServerCapture.thread(task, "coord-top-" + place.label())
                            .start()));
        }
        List<Seen> seen = new ArrayList<>();
        for (int i = 0; i < places.size(); i++) {
            seen.add(seen(places.get(i), underWay.get(i).join()));
        }
        return seen;
    }

    private Asked ask(HttpTransport transport) {
        try {
            HttpAnswer answer = transport.get("/v1/agent/metrics?format=prometheus", patience);
            return answer.isSuccess()
                    ? new Asked(new Sample(MetricsText.parse(answer.text()), System.nanoTime()), "")
                    : new Asked(null, answer.status() + " " + answer.text().strip());
        } catch (StartupException e) {
            return new Asked(null, String.valueOf(e.getMessage()));
        }
    }

    private Seen seen(ServerAddresses.Place place, Asked asked) {
        Sample now = asked.sample();
        if (now == null) {
            last.remove(place.target().text());
            return new Seen(place, null, asked.silence());
        }
        Sample before = last.put(place.target().text(), now);
        return new Seen(
                place,
                before == null
                        ? null
                        : TopRow.between(before.metrics(), now.metrics(), (now.nanos() - before.nanos()) / 1e9),
                "");
    }

    @Override
    public void close() {
        transports.values().forEach(HttpTransport::close);
    }
}
