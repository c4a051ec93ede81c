package dev.coord.tools;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.coord.client.FlagDefinition;
import dev.coord.client.FlagVersion.Delta;
import dev.coord.client.WatchUpdate.ItemChange;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/** Flags as the command line writes them. */
final class FlagText {

    private static final JsonFactory FACTORY = new JsonFactory();
    /** What a set's flags share goes by no flag's name. */
    private static final String SHARED = "(shared)";

    private FlagText() {}

    /** JSON on lines of its own. */
    static String pretty(String json) {
        return copied(json, true, (parser, generator) -> {
            parser.nextToken();
            generator.copyCurrentStructure(parser);
        });
    }

    /** A definition with another default variant. */
    static String withDefaultVariant(String definition, String variant) {
        return copied(definition, false, (parser, generator) -> {
            parser.nextToken();
            generator.writeStartObject();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                if (name.equals("defaultVariant")) {
                    parser.skipChildren();
                } else {
                    generator.writeFieldName(name);
                    generator.copyCurrentStructure(parser);
                }
            }
            generator.writeStringField("defaultVariant", variant);
            generator.writeEndObject();
        });
    }

    private interface Copy {
        void copy(JsonParser parser, JsonGenerator generator) throws IOException;
    }

    private static String copied(String json, boolean pretty, Copy copy) {
        StringWriter out = new StringWriter();
        try (JsonParser parser = FACTORY.createParser(json);
                JsonGenerator generator = FACTORY.createGenerator(out)) {
            if (pretty) {
                DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
                printer.indentArraysWith(new DefaultIndenter("  ", "\n"));
                generator.setPrettyPrinter(printer);
            }
            copy.copy(parser, generator);
        } catch (IOException e) {
            throw new UncheckedIOException("the server sent JSON that can't be read", e);
        }
        return out.toString();
    }

    static String name(String flag) {
        return flag.isEmpty() ? SHARED : flag;
    }

    /** {@code + new}, {@code ~ changed}, {@code - gone}. */
    static String line(Delta delta) {
        if (delta.to() == null) {
            return "- " + name(delta.name());
        }
        return (delta.from() == null ? "+ " : "~ ") + name(delta.name()) + "\t" + delta.to();
    }

    static String line(ItemChange<FlagDefinition> change) {
        FlagDefinition before = change.before();
        FlagDefinition after = change.after();
        return line(new Delta(change.id(), before == null ? null : before.json(), after == null ? null : after.json()));
    }

    /** The fields of a definition. */
    static JsonText write(JsonText json, FlagDefinition definition) {
        return json.put("name", definition.name())
                .putJson("definition", definition.json())
                .put("create_revision", definition.createRevision())
                .put("modify_revision", definition.modifyRevision());
    }
}
