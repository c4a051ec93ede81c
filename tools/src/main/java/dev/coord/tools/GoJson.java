package dev.coord.tools;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON laid out as Consul's command line lays it out, so that line-wise tools read either. */
final class GoJson {

    private final StringBuilder out = new StringBuilder();
    private final String indent;

    private GoJson(String indent) {
        this.indent = indent;
    }

    /** @param indent of one level */
    static String pretty(@Nullable Object value, String indent) {
        GoJson json = new GoJson(indent);
        json.write(value, "");
        return json.out.toString();
    }

    private void write(@Nullable Object value, String before) {
        if (value instanceof JsonObject object) {
            write(object.getMap(), before);
        } else if (value instanceof JsonArray array) {
            write(array.getList(), before);
        } else if (value instanceof Map<?, ?> map) {
            all('{', map.entrySet().iterator(), '}', before, entry -> {
                out.append(quoted(String.valueOf(entry.getKey()))).append(": ");
                write(entry.getValue(), before + indent);
            });
        } else if (value instanceof List<?> list) {
            all('[', list.iterator(), ']', before, item -> write(item, before + indent));
        } else if (value instanceof CharSequence text) {
            out.append(quoted(text.toString()));
        } else {
            out.append(value);
        }
    }

    private interface Writer<T> {
        void write(T item);
    }

    private <T> void all(char open, Iterator<? extends T> items, char close, String before, Writer<T> writer) {
        out.append(open);
        boolean any = items.hasNext();
        while (items.hasNext()) {
            out.append('\n').append(before).append(indent);
            writer.write(items.next());
            out.append(items.hasNext() ? "," : "");
        }
        out.append(any ? "\n" + before : "").append(close);
    }

    private static String quoted(String text) {
        return JsonText.quoted(text)
                .replace("<", "\\u003c")
                .replace(">", "\\u003e")
                .replace("&", "\\u0026");
    }
}
