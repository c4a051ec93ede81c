package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.server.hcl.HclParser;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The services that a configuration file defines, JSON or HCL; other keys in it are of no concern here. */
final class ServiceFile {

    private ServiceFile() {}

    /** @param file a path, or {@code -} for standard input */
    static List<JsonObject> read(String file) {
        Map<String, Object> content = parse(file, text(file));
        List<JsonObject> services = new ArrayList<>();
        content.forEach((key, value) -> {
            String name = key.toLowerCase(Locale.ROOT);
            if (name.equals("service") || name.equals("services")) {
                services.addAll(objects(file, key, value));
            }
        });
        return services;
    }

    private static String text(String file) {
        try {
            return file.equals("-")
                    ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
                    : Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new StartupException(ExitCode.FAILED, file + " can't be read: " + e, e);
        }
    }

    private static Map<String, Object> parse(String file, String text) {
        boolean json = file.endsWith(".json")
                || (!file.endsWith(".hcl") && text.stripLeading().startsWith("{"));
        try {
            return json ? new JsonObject(text).getMap() : new HclParser(text).parse();
        } catch (DecodeException | IllegalArgumentException e) {
            throw new StartupException(
                    ExitCode.FAILED, file + " is not " + (json ? "JSON" : "HCL") + ": " + e.getMessage(), e);
        }
    }

    private static List<JsonObject> objects(String file, String key, @Nullable Object value) {
        List<JsonObject> objects = new ArrayList<>();
        for (Object item : value instanceof List<?> list ? list : List.of(value == null ? "null" : value)) {
            if (!(item instanceof Map<?, ?> map)) {
                throw new StartupException(ExitCode.FAILED, file + ": \"" + key + "\" is no service: " + item);
            }
            JsonObject service = new JsonObject();
            map.forEach((field, content) -> {
                String name = String.valueOf(field);
                // Several blocks of one name are a list.
                boolean checks = name.equalsIgnoreCase("check") && content instanceof List<?>;
                service.put(checks ? "checks" : name, flat(name, content));
            });
            objects.add(service);
        }
        return objects;
    }

    /** What is one block, where a list is meant, and the other way round. */
    private static @Nullable Object flat(String field, @Nullable Object content) {
        if (field.equalsIgnoreCase("meta") && content instanceof List<?> blocks && blocks.size() == 1) {
            return blocks.get(0);
        }
        if (field.equalsIgnoreCase("checks") && content instanceof Map<?, ?> one) {
            return List.of(new LinkedHashMap<>(one));
        }
        return content;
    }

    /** A service's field, whichever way it is written. */
    static String field(JsonObject service, String name) {
        for (String field : service.fieldNames()) {
            if (field.equalsIgnoreCase(name)) {
                return String.valueOf(service.getValue(field));
            }
        }
        return "";
    }
}
