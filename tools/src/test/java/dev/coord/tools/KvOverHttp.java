package dev.coord.tools;

import dev.coord.server.history.KeyModel.Acquire;
import dev.coord.server.history.KeyModel.Asked;
import dev.coord.server.history.KeyModel.Delete;
import dev.coord.server.history.KeyModel.Entry;
import dev.coord.server.history.KeyModel.Found;
import dev.coord.server.history.KeyModel.Put;
import dev.coord.server.history.KeyModel.Release;
import dev.coord.server.history.KeyModel.Swap;
import dev.coord.server.history.KeyModel.Wrote;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

/** As Consul's clients ask. Answers say no revision of the store. */
final class KvOverHttp implements KvCalls {

    private final Duration patience;

    KvOverHttp(Duration patience) {
        this.patience = patience;
    }

    @Override
    public Found get(ServerUnderTest server, String key, boolean saidSo) throws Unanswered {
        HttpResponse<String> answer = answer(
                server.request("/v1/kv/" + key + (saidSo ? "?consistent" : "")).GET());
        if (answer.statusCode() == 404) {
            return new Found(null, 0);
        }
        JsonObject entry = new JsonArray(answer.body()).getJsonObject(0);
        return new Found(
                new Entry(
                        value(entry),
                        entry.getLong("ModifyIndex"),
                        entry.getLong("LockIndex"),
                        entry.getString("Session")),
                0);
    }

    static String value(JsonObject entry) {
        return new String(Base64.getDecoder().decode(entry.getString("Value")), StandardCharsets.UTF_8);
    }

    @Override
    public Wrote write(ServerUnderTest server, String key, Asked asked) throws Unanswered {
        return new Wrote(answer(request(server, key, asked)).body().strip().equals("true"), 0);
    }

    private static HttpRequest.Builder request(ServerUnderTest server, String key, Asked asked) {
        String path = "/v1/kv/" + key;
        if (asked instanceof Put put) {
            return server.request(path).PUT(BodyPublishers.ofString(put.value()));
        }
        if (asked instanceof Swap swap) {
            return server.request(path + "?cas=" + swap.ifIndex()).PUT(BodyPublishers.ofString(swap.value()));
        }
        if (asked instanceof Acquire acquire) {
            return server.request(path + "?acquire=" + acquire.session()).PUT(BodyPublishers.ofString(acquire.value()));
        }
        if (asked instanceof Release release) {
            return server.request(path + "?release=" + release.session()).PUT(BodyPublishers.ofString(release.value()));
        }
        if (asked instanceof Delete) {
            return server.request(path).DELETE();
        }
        throw new IllegalArgumentException("no write: " + asked);
    }

    /** 200, or 404 for what is not there. */
    private HttpResponse<String> answer(HttpRequest.Builder request) throws Unanswered {
        HttpResponse<String> answer;
        try {
            answer = ServerUnderTest.send(request.timeout(patience));
        } catch (UncheckedIOException e) {
            throw new Unanswered(e.getCause() instanceof ConnectException, String.valueOf(e.getMessage()));
        }
        String body = answer.body();
        switch (answer.statusCode()) {
            case 200, 404 -> {
                return answer;
            }
            case 429, 503 -> throw new Unanswered(true, body);
            case 500 -> {
                if (body.contains("session")) {
                    throw new AssertionError("refused: " + body);
                }
                throw new Unanswered(body.strip().equals("No cluster leader"), body);
            }
            default -> throw new AssertionError("answered " + answer.statusCode() + ": " + body);
        }
    }
}
