package dev.coord.client;

import java.util.Optional;

/**
 * What a flag comes to for a context, as the server works it out. Immutable.
 *
 * @param valueJson empty with an error
 * @param variant empty with an error
 * @param reason as OpenFeature says it: STATIC, DEFAULT, TARGETING_MATCH or ERROR
 * @param error why a program would take the default in its code; empty: it would not
 */
public record FlagEvaluation(String valueJson, String variant, String reason, Optional<String> error) {}
