package dev.coord.server.http;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandLimits;
import dev.coord.server.state.KvEntry;
import dev.coord.server.state.State;
import dev.coord.server.watch.Topics;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** {@code /v1/kv/}: the hot path of the whole server. */
final class KvEndpoint implements EndpointFamily {

    private static final String MISSING_KEY = "Missing key name";
    /** A key shorter than this, in characters, can't be longer than the limit, in bytes. */
    private static final int CHARS_SURELY_SHORT = CommandLimits.KEY_BYTES_MAX / 3;

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/kv/", Access.BY_HANDLER, this::get);
        routes.put("/v1/kv/", Access.BY_HANDLER, this::put);
        routes.delete("/v1/kv/", Access.BY_HANDLER, this::delete);
    }

    private void get(Exchange exchange) {
        if (exchange.has("keys")) {
            String separator = exchange.parameter("separator");
            keys(exchange, separator == null ? "" : separator);
        } else if (exchange.has("recurse")) {
            list(exchange);
        } else {
            one(exchange);
        }
    }

    private static void one(Exchange exchange) {
        String key = key(exchange);
        exchange.authorizer().requireRead(Resource.KEY, key);
        boolean raw = exchange.has("raw");
        if (raw) {
            // A value may be a web page; no browser shall run it as one of ours.
            exchange.header("X-Content-Type-Options", "nosniff");
            exchange.header("Content-Security-Policy", "sandbox");
        }
        exchange.read(new StateQuery(Topics.key(key), state -> state.kvIndex(key), state -> {
            KvEntry entry = state.kv(key);
            if (entry == null) {
                return Answer.notFound();
            }
            return raw
                    ? new Answer(200, Headers.PLAIN, Buffer.buffer(entry.value().toByteArray()))
                    : Answer.json(exchange.options().pretty(), json -> {
                        json.writeStartArray();
                        KvJson.write(json, entry);
                        json.writeEndArray();
                    });
        }));
    }

    private static void list(Exchange exchange) {
        String prefix = bounded(exchange.rest());
        Authorizer may = exchange.authorizer();
        may.requireListKeys(prefix);
        KvPage page = KvPage.of(exchange);
        exchange.read(prefixQuery(prefix, state -> {
            List<KvEntry> entries = page.read(state, prefix, entry -> may.mayRead(Resource.KEY, entry.key()));
            return entries.isEmpty()
                    ? Answer.notFound()
                    : Answer.json(exchange.options().pretty(), json -> {
                        json.writeStartArray();
                        for (KvEntry entry : entries) {
                            KvJson.write(json, entry);
                        }
                        json.writeEndArray();
                    });
        }));
    }

    private static void keys(Exchange exchange, String separator) {
        String prefix = bounded(exchange.rest());
        Authorizer may = exchange.authorizer();
        may.requireListKeys(prefix);
        exchange.read(prefixQuery(prefix, state -> {
            List<String> keys = KeyListing.under(state, prefix, separator, may);
            return keys.isEmpty() && !prefix.isEmpty()
                    ? Answer.notFound()
                    : Answer.json(exchange.options().pretty(), json -> {
                        json.writeStartArray();
                        for (String key : keys) {
                            json.writeString(key);
                        }
                        json.writeEndArray();
                    });
        }));
    }

    private static StateQuery prefixQuery(String prefix, Function<State, Answer> answer) {
        return new StateQuery(Topics.keyPrefix(prefix), state -> state.kvPrefixIndex(prefix), answer);
    }

    private void put(Exchange exchange) {
        String key = key(exchange);
        exchange.authorizer().requireWrite(Resource.KEY, key);
        refuseTogether(exchange, "cas", "acquire", "release");
        Long flags = unsigned(exchange, "flags");
        Long cas = unsigned(exchange, "cas");
        String acquire = session(exchange, "acquire");
        String release = session(exchange, "release");
        exchange.body(exchange.limits().valueBytesMax(), body -> {
            ByteString value = UnsafeByteOperations.unsafeWrap(body.getBytes());
            exchange.execute(
                    new Command.KvPut(key, value, flags == null ? 0 : flags, cas, acquire, release),
                    result -> exchange.answer(Answer.of(result.ok())));
        });
    }

    private void delete(Exchange exchange) {
        refuseTogether(exchange, "recurse", "cas");
        Command command;
        if (exchange.has("recurse")) {
            String prefix = bounded(exchange.rest());
            exchange.authorizer().requireWriteKeysUnder(prefix);
            command = new Command.KvDeleteTree(prefix);
        } else {
            String key = key(exchange);
            exchange.authorizer().requireWrite(Resource.KEY, key);
            command = new Command.KvDelete(key, unsigned(exchange, "cas"));
        }
        exchange.execute(command, result -> exchange.answer(Answer.of(result.ok())));
    }

    private static String key(Exchange exchange) {
        return bounded(exchange.required(MISSING_KEY));
    }

    private static String bounded(String key) {
        if (key.length() > CHARS_SURELY_SHORT
                && key.getBytes(StandardCharsets.UTF_8).length > CommandLimits.KEY_BYTES_MAX) {
            throw HttpError.badRequest("the key is longer than " + CommandLimits.KEY_BYTES_MAX + " bytes: "
                    + key.substring(0, 64) + "...");
        }
        return key;
    }

    private static void refuseTogether(Exchange exchange, String... names) {
        int given = 0;
        for (String name : names) {
            given += exchange.has(name) ? 1 : 0;
        }
        if (given > 1) {
            throw HttpError.badRequest("Conflicting flags: " + String.join(" and ", names) + " exclude each other");
        }
    }

    private static @Nullable String session(Exchange exchange, String name) {
        String session = exchange.parameter(name);
        if (session != null && session.isEmpty()) {
            throw HttpError.internal("missing session");
        }
        return session == null ? null : SessionRequest.requireId(session);
    }

    private static @Nullable Long unsigned(Exchange exchange, String name) {
        String text = exchange.parameter(name);
        if (text == null) {
            return null;
        }
        try {
            return Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw HttpError.badRequest("invalid " + name + " \"" + text + "\": not an unsigned 64-bit number");
        }
    }
}
