package dev.coord.server.logging;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What is logged, and where to.
 *
 * @param level trace, debug, info, warn or error
 * @param json a JSON object for each event, instead of a line of text
 * @param file written beside standard error; null: none
 * @param rotation of the file
 */
public record LogOptions(
        String level, boolean json, @Nullable Path file, Rotation rotation) {}
