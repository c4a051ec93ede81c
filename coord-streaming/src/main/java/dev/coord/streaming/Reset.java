package dev.coord.streaming;

/**
 * The subscriber must forget what it knows, read the state anew and call {@link Subscription#resumeAfter}.
 *
 * @param reason in words, for the subscriber's log
 */
public record Reset(String reason) implements Signal {}
