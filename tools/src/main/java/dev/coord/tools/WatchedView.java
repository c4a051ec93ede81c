package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What {@code coord watch} looks at: a path that blocks, and how its answer is shown. */
enum WatchedView {
    key {
        @Override
        String path(WatchParameters given) {
            return KvPair.path(given.required(given.key(), "key"));
        }

        @Override
        @Nullable
        Object shown(HttpAnswer answer, String before) {
            return answer.isMissing()
                    ? null
                    : pair(answer.orFail().list().getJsonObject(0)).getMap();
        }
    },
    keyprefix {
        @Override
        String path(WatchParameters given) {
            return HttpConnection.with(KvPair.path(given.required(given.prefix(), "prefix")), "recurse", "");
        }

        @Override
        @Nullable
        Object shown(HttpAnswer answer, String before) {
            return answer.isMissing()
                    ? null
                    : new JsonArray(AclText.objects(answer.orFail().list()).stream()
                            .map(WatchedView::pair)
                            .toList());
        }
    },
    services {
        @Override
        String path(WatchParameters given) {
            return "/v1/catalog/services";
        }
    },
    nodes {
        @Override
        String path(WatchParameters given) {
            return "/v1/catalog/nodes";
        }
    },
    service {
        @Override
        String path(WatchParameters given) {
            String path = "/v1/health/service/" + HttpConnection.encoded(given.required(given.service(), "service"));
            path = given.passingOnly() ? HttpConnection.with(path, "passing", "1") : path;
            for (String tag : given.tags()) {
                path = HttpConnection.with(path, "tag", tag);
            }
            return path;
        }
    },
    checks {
        @Override
        String path(WatchParameters given) {
            if (given.service() != null && given.state() != null) {
                throw new StartupException(ExitCode.USAGE, "Cannot specify service and state");
            }
            return given.service() != null
                    ? "/v1/health/checks/" + HttpConnection.encoded(given.service())
                    : "/v1/health/state/" + HttpConnection.encoded(given.state() == null ? "any" : given.state());
        }
    },
    event {
        @Override
        String path(WatchParameters given) {
            return given.name() == null
                    ? "/v1/event/list"
                    : HttpConnection.with("/v1/event/list", "name", given.name());
        }

        /** Those after the one that the index before stood for. */
        @Override
        Object shown(HttpAnswer answer, String before) {
            List<JsonObject> events = AclText.objects(answer.orFail().list());
            for (int i = 0; i < events.size(); i++) {
                if (index(events.get(i).getString("ID")).equals(before)) {
                    return new JsonArray(events.subList(i + 1, events.size()));
                }
            }
            return new JsonArray(events);
        }
    };

    /** What may be given beside the type. */
    record WatchParameters(
            @Nullable String key,
            @Nullable String prefix,
            @Nullable String service,
            List<String> tags,
            boolean passingOnly,
            @Nullable String state,
            @Nullable String name) {

        String required(@Nullable String value, String what) {
            if (value == null) {
                throw new StartupException(ExitCode.USAGE, "Must specify a single " + what + " to watch: -" + what);
            }
            return value;
        }
    }

    abstract String path(WatchParameters given);

    /**
     * The answer, to be printed.
     *
     * @param before the index that was waited with; empty at first
     */
    @Nullable
    Object shown(HttpAnswer answer, String before) {
        String text = answer.orFail().text().strip();
        return text.startsWith("[") ? answer.list() : answer.object();
    }

    /** As Consul's watches print a key: in this order, the session always. */
    private static JsonObject pair(JsonObject kv) {
        Map<String, Object> ordered = new LinkedHashMap<>();
        for (String field : List.of("Key", "CreateIndex", "ModifyIndex", "LockIndex", "Flags", "Value", "Session")) {
            ordered.put(field, field.equals("Session") ? kv.getString(field, "") : kv.getValue(field));
        }
        return new JsonObject(ordered);
    }

    /** The index that an event's list has when this is its newest: both halves of the id. */
    private static String index(String id) {
        UUID uuid = UUID.fromString(id);
        return Long.toUnsignedString(uuid.getMostSignificantBits() ^ uuid.getLeastSignificantBits());
    }
}
