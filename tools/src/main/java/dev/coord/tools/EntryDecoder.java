package dev.coord.tools;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MapEntry;
import com.google.protobuf.Message;
import dev.coord.api.storage.v1.LoggedCommand;
import dev.coord.server.raft.RaftEntry;
import dev.coord.wal.LogEntry;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a log entry says. Goes by the messages' own descriptors, so that it knows every command there is; fields of a
 * newer build are named by their number. What the format marks as {@code debug_redact}, the secrets of tokens, is never written.
 */
final class EntryDecoder {

    /** Stands where a secret was. */
    private static final String HIDDEN = "(hidden)";

    private static final OneofDescriptor COMMAND =
            LoggedCommand.getDescriptor().getOneofs().get(0);

    /**
     * An entry, read.
     *
     * @param type the command's name as in the log's format, or {@code configuration}, {@code no_op}, {@code unknown}
     * @param timeMillis when the leader proposed it, since 1970; 0 if it is no command
     * @param command its fields; null if it is no command
     * @param raft what else it is
     */
    record Decoded(
            LogEntry entry,
            String type,
            long timeMillis,
            @Nullable Message command,
            RaftEntry raft) {

        /** True if it is about a key: this one, or any that begins with it. */
        boolean isAbout(String key, boolean prefix) {
            return command != null && names(command, key, prefix);
        }

        /** The first key that it is about; empty if it is about none. */
        String key() {
            return command == null ? "" : firstKey(command);
        }
    }

    private EntryDecoder() {}

    static Decoded decode(LogEntry entry) {
        RaftEntry raft = RaftEntry.of(entry);
        String type =
                switch (raft.kind()) {
                    case CONFIGURATION -> "configuration";
                    case NO_OP -> "no_op";
                    case COMMAND, UNKNOWN -> "unknown";
                };
        if (raft.kind() != RaftEntry.Kind.COMMAND) {
            return new Decoded(entry, type, 0, null, raft);
        }
        try {
            LoggedCommand logged = LoggedCommand.parseFrom(raft.command().duplicate());
            FieldDescriptor set = logged.getOneofFieldDescriptor(COMMAND);
            if (set == null) {
                return new Decoded(entry, type, logged.getTimeMs(), logged, raft);
            }
            return new Decoded(entry, set.getName(), logged.getTimeMs(), (Message) logged.getField(set), raft);
        } catch (InvalidProtocolBufferException e) {
            return new Decoded(entry, type, 0, null, raft);
        }
    }

    private static boolean names(Message message, String key, boolean prefix) {
        for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
            if (field.getKey().isMapField()) {
                continue; // its keys are names of something else
            }
            for (Object value : values(field)) {
                boolean found = value instanceof Message inner
                        ? names(inner, key, prefix)
                        : isKey(field.getKey()) && matches(field.getKey().getName(), (String) value, key, prefix);
                if (found) {
                    return true;
                }
            }
        }
        return false;
    }

    /** A command on a whole prefix is about every key below it. */
    private static boolean matches(String field, String value, String key, boolean prefix) {
        return value.equals(key)
                || (prefix && value.startsWith(key))
                || (field.equals("prefix") && key.startsWith(value));
    }

    private static boolean isKey(FieldDescriptor field) {
        return field.getJavaType() == JavaType.STRING
                && (field.getName().equals("key") || field.getName().equals("prefix"));
    }

    private static String firstKey(Message message) {
        for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
            if (field.getKey().isMapField()) {
                continue;
            }
            for (Object value : values(field)) {
                if (isKey(field.getKey())) {
                    return (String) value;
                }
                String inner = value instanceof Message nested ? firstKey(nested) : "";
                if (!inner.isEmpty()) {
                    return inner;
                }
            }
        }
        return "";
    }

    private static boolean isSecret(FieldDescriptor field) {
        return field.getOptions().getDebugRedact();
    }

    private static List<?> values(Map.Entry<FieldDescriptor, Object> field) {
        return field.getKey().isRepeated() ? (List<?>) field.getValue() : List.of(field.getValue());
    }

    /** The fields on one line, values longer than so many characters cut. */
    static String text(Decoded decoded, int valueCharsMax) {
        StringBuilder text = new StringBuilder();
        Message command = decoded.command();
        if (command != null) {
            append(text, command, "", valueCharsMax);
        } else if (decoded.raft().kind() == RaftEntry.Kind.CONFIGURATION) {
            appendServers(text, "voters", decoded.raft().voters());
            appendServers(text, "voters_before", decoded.raft().votersBefore());
            appendServers(text, "learners", decoded.raft().learners());
            appendServers(text, "learners_before", decoded.raft().learnersBefore());
        } else if (decoded.raft().kind() != RaftEntry.Kind.NO_OP) {
            text.append(" bytes=").append(decoded.entry().bytes());
        }
        return text.toString().strip();
    }

    private static void appendServers(StringBuilder text, String name, List<String> servers) {
        if (!servers.isEmpty()) {
            text.append(' ').append(name).append('=').append(String.join(",", servers));
        }
    }

    private static void append(StringBuilder text, Message message, String prefix, int valueCharsMax) {
        for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
            for (Object value : values(field)) {
                String name = prefix + field.getKey().getName();
                if (field.getKey().isMapField()) {
                    MapEntry<?, ?> entry = (MapEntry<?, ?>) value;
                    text.append(' ')
                            .append(name)
                            .append('.')
                            .append(entry.getKey())
                            .append('=');
                    text.append(cut(quoted(entry.getValue()), valueCharsMax));
                } else if (value instanceof Message inner) {
                    append(text, inner, name + ".", valueCharsMax);
                } else {
                    Object shown = isSecret(field.getKey()) ? HIDDEN : value;
                    text.append(' ').append(name).append('=').append(cut(quoted(shown), valueCharsMax));
                }
            }
        }
        message.getUnknownFields().asMap().keySet().forEach(number -> text.append(' ')
                .append(prefix)
                .append('#')
                .append(number)
                .append("=(of a newer build)"));
    }

    private static String cut(String value, int charsMax) {
        return value.length() <= charsMax
                ? value
                : value.substring(0, charsMax) + "...(" + value.length() + " characters)";
    }

    private static String quoted(Object value) {
        if (value instanceof ByteString bytes) {
            String text = textOf(bytes);
            return text == null ? "base64:" + JsonText.base64(bytes.toByteArray()) : quoted(text);
        }
        String text = String.valueOf(value);
        boolean plain = !text.isEmpty()
                && text.chars().allMatch(c -> c > ' ' && c != '"' && c != '=' && !Character.isISOControl(c));
        return plain ? text : JsonText.quoted(text);
    }

    /** The text that these bytes are in UTF-8; null if they are none, or hold control characters. */
    private static @Nullable String textOf(ByteString bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(bytes.asReadOnlyByteBuffer())
                    .toString();
            boolean readable =
                    text.chars().noneMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t' && c != '\r');
            return readable ? text : null;
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** What it says, into an object that has begun. Bytes that are no text are {@code NAME_base64}. */
    static void put(JsonText json, Decoded decoded) {
        Message command = decoded.command();
        if (command != null) {
            put(json, command);
        } else if (decoded.raft().kind() == RaftEntry.Kind.CONFIGURATION) {
            json.put("voters", decoded.raft().voters())
                    .put("voters_before", decoded.raft().votersBefore())
                    .put("learners", decoded.raft().learners())
                    .put("learners_before", decoded.raft().learnersBefore());
        } else if (decoded.raft().kind() != RaftEntry.Kind.NO_OP) {
            byte[] bytes = new byte[decoded.entry().bytes()];
            decoded.entry().data().duplicate().get(bytes);
            json.put("bytes_base64", JsonText.base64(bytes));
        }
    }

    /** The fields of any message, likewise. */
    static void put(JsonText json, Message message) {
        for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
            String name = field.getKey().getName();
            if (isSecret(field.getKey())) {
                json.put(name, HIDDEN);
            } else if (field.getKey().isMapField()) {
                json.object(name);
                for (Object value : values(field)) {
                    MapEntry<?, ?> entry = (MapEntry<?, ?>) value;
                    put(json, String.valueOf(entry.getKey()), entry.getValue());
                }
                json.end();
            } else if (field.getKey().isRepeated()) {
                json.array(name);
                values(field).forEach(value -> add(json, value));
                json.endArray();
            } else {
                put(json, name, field.getValue());
            }
        }
        if (!message.getUnknownFields().asMap().isEmpty()) {
            json.put(
                    "unknown_fields",
                    message.getUnknownFields().asMap().keySet().stream()
                            .map(String::valueOf)
                            .toList());
        }
    }

    private static void put(JsonText json, String name, Object value) {
        if (value instanceof Message inner) {
            put(json.object(name), inner);
            json.end();
        } else if (value instanceof ByteString bytes) {
            String text = textOf(bytes);
            if (text == null) {
                json.put(name + "_base64", JsonText.base64(bytes.toByteArray()));
            } else {
                json.put(name, text);
            }
        } else if (value instanceof Long || value instanceof Integer) {
            json.put(name, ((Number) value).longValue());
        } else if (value instanceof Boolean flag) {
            json.put(name, flag);
        } else if (value instanceof Double || value instanceof Float) {
            json.put(name, ((Number) value).doubleValue());
        } else {
            json.put(name, String.valueOf(value));
        }
    }

    private static void add(JsonText json, Object value) {
        if (value instanceof Message inner) {
            put(json.object(), inner);
            json.end();
        } else if (value instanceof ByteString bytes) {
            json.add(JsonText.base64(bytes.toByteArray()));
        } else if (value instanceof Long || value instanceof Integer) {
            json.add(((Number) value).longValue());
        } else {
            json.add(String.valueOf(value));
        }
    }
}
