package dev.coord.server.consul;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One of the two servers: sends it requests and gives its answers with what must differ masked. Used by one thread. */
final class Side {

    private static final Set<String> NUMBERS = Set.of("CreateIndex", "ModifyIndex", "LTime", "LastIndex", "LastTerm");
    private static final Set<String> TEXTS = Set.of("ContentHash", "StableSince");
    private static final Pattern UUID = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");
    private static final Pattern INDEX_IN_TEXT = Pattern.compile("current modify index \\d+");
    private static final List<String> HEADERS = List.of(
            "content-type",
            "x-consul-index",
            "x-consul-knownleader",
            "x-consul-lastcontact",
            "x-consul-contenthash",
            "x-consul-reason",
            "x-cache",
            "age",
            "allow",
            "location");
    private static final Set<String> HEADERS_WITH_NUMBERS =
            Set.of("x-consul-index", "x-consul-lastcontact", "x-consul-contenthash", "age");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpClient client = HttpClient.newHttpClient();
    private final String address;
    private final int raftPort;
    private final Map<String, String> kept = new HashMap<>(Map.of("node", "n1"));
    private @Nullable HttpResponse<String> last;

    Side(String address, int raftPort) {
        this.address = address;
        this.raftPort = raftPort;
    }

    /** What of an answer is compared. */
    record Masked(
            int status,
            Map<String, String> headers,
            @Nullable Object body) {

        /** Without what this one says of its freshness and the other does not: more of that harms nobody. */
        Masked withoutMoreThan(Masked other) {
            Map<String, String> kept = new TreeMap<>(headers);
            kept.keySet().removeIf(name -> name.startsWith("x-consul-") && !other.headers.containsKey(name));
            return new Masked(status, kept, body);
        }
    }

    Masked send(Scenario.Request request) throws Exception {
        String body = filledIn(request.body());
        HttpRequest.Builder building = HttpRequest.newBuilder(
                        URI.create("http://" + address + escaped(filledIn(request.path()))))
                .timeout(PATIENCE)
                .method(request.method(), body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        HttpResponse<String> response = client.send(building.build(), BodyHandlers.ofString());
        last = response;
        Map<String, String> headers = new TreeMap<>();
        for (String name : HEADERS) {
            response.headers()
                    .firstValue(name)
                    .ifPresent(value -> headers.put(name, HEADERS_WITH_NUMBERS.contains(name) ? "#" : value));
        }
        return new Masked(response.statusCode(), headers, body(response.body()));
    }

    void keep(Scenario.Keep keep) {
        HttpResponse<String> response = Objects.requireNonNull(last);
        String pointer = keep.pointer();
        if (pointer.startsWith("header:")) {
            kept.put(
                    keep.name(),
                    response.headers()
                            .firstValue(pointer.substring("header:".length()))
                            .orElse(""));
            return;
        }
        Object value = Json.decodeValue(response.body());
        for (String step : pointer.substring(1).split("/")) {
            value = value instanceof JsonArray array
                    ? array.getValue(Integer.parseInt(step))
                    : ((JsonObject) value).getValue(step);
        }
        kept.put(keep.name(), String.valueOf(value));
    }

    private String filledIn(String text) {
        String filled = text;
        for (Map.Entry<String, String> entry : kept.entrySet()) {
            filled = filled.replace("${" + entry.getKey() + "}", entry.getValue());
        }
        return filled;
    }

    /** What Java's URI does not take as it stands. */
    private static String escaped(String path) {
        return path.replace("^", "%5E").replace("$", "%24").replace("\"", "%22");
    }

    private @Nullable Object body(String text) {
        try {
            return text.isEmpty() ? "" : masked("", Json.decodeValue(text));
        } catch (DecodeException e) {
            return masked("", text);
        }
    }

    private @Nullable Object masked(String name, @Nullable Object value) {
        if (value instanceof JsonObject object) {
            Map<String, Object> masked = new TreeMap<>();
            object.forEach(entry -> masked.put(entry.getKey(), masked(entry.getKey(), entry.getValue())));
            return masked;
        }
        if (value instanceof JsonArray array) {
            return array.stream()
                    .map(element -> masked("", element))
                    .map(String::valueOf)
                    .toList();
        }
        if (value instanceof Number number) {
            boolean isRaftPort = name.equals("Port") && number.intValue() == raftPort;
            return isRaftPort ? "#port" : NUMBERS.contains(name) ? "#" : number.doubleValue();
        }
        if (value instanceof String text) {
            String masked = UUID.matcher(text).replaceAll("#uuid").replace(":" + raftPort, ":#port");
            return TEXTS.contains(name) ? "#" : INDEX_IN_TEXT.matcher(masked).replaceAll("current modify index #");
        }
        return value;
    }
}
