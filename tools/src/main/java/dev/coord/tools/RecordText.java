package dev.coord.tools;

import dev.coord.server.rescue.StateRecord;

/** Things of a state as lines of a file. */
enum RecordText {
    /** An object a line: {@code kind}, {@code name} and {@code content}. */
    jsonl {
        @Override
        String header() {
            return "";
        }

        @Override
        String line(StateRecord record) {
            JsonText json = new JsonText().object().put("kind", record.kind()).put("name", record.name());
            EntryDecoder.put(json.object("content"), record.content());
            return json.end().end().toString();
        }
    },

    /** As RFC 4180 has it; the content is JSON. */
    csv {
        @Override
        String header() {
            return "kind,name,content";
        }

        @Override
        String line(StateRecord record) {
            JsonText content = new JsonText().object();
            EntryDecoder.put(content, record.content());
            return field(record.kind()) + "," + field(record.name()) + ","
                    + field(content.end().toString());
        }
    };

    /** The first line; empty: none. */
    abstract String header();

    abstract String line(StateRecord record);

    /** A field of CSV, in quotes where it needs them. */
    static String field(String text) {
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
