package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.server.flags.Evaluation;
import dev.coord.server.flags.Feature;
import dev.coord.server.flags.FeatureReport;
import dev.coord.server.flags.FlagTexts;
import dev.coord.server.flags.FlagWrites.Written;
import dev.coord.server.state.FlagSetEntry;
import dev.coord.server.state.FlagVersion;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What is said about flags besides their own documents. */
final class FlagsJson {

    private FlagsJson() {}

    static void sets(JsonGenerator json, List<FlagSetEntry> sets) throws IOException {
        json.writeStartArray();
        for (FlagSetEntry set : sets) {
            json.writeStartObject();
            json.writeStringField("Name", set.name());
            json.writeNumberField("Flags", set.flagCount());
            json.writeStringField("Author", set.newest().author());
            json.writeStringField("Time", time(set.newest().timeMillis()));
            json.writeNumberField("CreateIndex", set.createIndex());
            json.writeNumberField("ModifyIndex", set.modifyIndex());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** The newest first. */
    static void history(JsonGenerator json, List<FlagVersion> versions) throws IOException {
        json.writeStartArray();
        for (int i = versions.size() - 1; i >= 0; i--) {
            FlagVersion version = versions.get(i);
            json.writeStartObject();
            json.writeNumberField("Index", version.revision());
            json.writeStringField("Time", time(version.timeMillis()));
            json.writeStringField("Author", version.author());
            json.writeStringField("Action", version.action().name().toLowerCase(Locale.ROOT));
            json.writeArrayFieldStart("Changes");
            for (FlagVersion.Delta delta : version.deltas()) {
                json.writeStartObject();
                // What the flags share goes by no flag's name.
                json.writeStringField("Flag", delta.name());
                definition(json, "From", delta.from());
                definition(json, "To", delta.to());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void definition(JsonGenerator json, String field, @Nullable String definition) throws IOException {
        json.writeFieldName(field);
        json.writeRawValue(definition == null ? "null" : definition);
    }

    private static String time(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }

    static void written(JsonGenerator json, Written written) throws IOException {
        json.writeStartObject();
        json.writeNumberField("Index", written.index());
        writeStrings(json, "Changed", written.changed());
        json.writeEndObject();
    }

    static void features(JsonGenerator json, List<FeatureReport> reports) throws IOException {
        json.writeStartArray();
        for (FeatureReport report : reports) {
            Feature feature = report.feature();
            json.writeStartObject();
            json.writeStringField("Name", feature.flag());
            json.writeStringField("What", feature.what());
            json.writeStringField("Risk", feature.risk());
            json.writeStringField("Applied", feature.applied());
            writeStrings(json, "Choices", feature.choices());
            json.writeStringField("Unset", feature.unset());
            json.writeStringField("Safe", feature.safe());
            json.writeStringField("State", report.standing().text());
            json.writeStringField("Problem", report.problem());
            json.writeArrayFieldStart("Reach");
            for (FeatureReport.Group group : report.reach()) {
                json.writeStartObject();
                json.writeStringField("Choice", group.choice());
                json.writeStringField("Kind", feature.reach().name().toLowerCase(Locale.ROOT));
                json.writeNumberField("Count", group.count());
                writeStrings(json, "Names", group.names());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeStrings(JsonGenerator json, String field, List<String> texts) throws IOException {
        json.writeArrayFieldStart(field);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }

    static void evaluation(JsonGenerator json, String flag, Evaluation evaluation) throws IOException {
        json.writeStartObject();
        json.writeStringField("Flag", flag);
        json.writeFieldName("Value");
        json.writeRawValue(FlagTexts.value(evaluation));
        json.writeStringField("Variant", evaluation.variant() == null ? "" : evaluation.variant());
        json.writeStringField("Reason", evaluation.reason().name());
        json.writeStringField("Error", evaluation.error() == null ? "" : evaluation.error());
        json.writeEndObject();
    }
}
