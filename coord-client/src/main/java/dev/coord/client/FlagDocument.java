package dev.coord.client;

/**
 * flagd's JSON as the store has it. Immutable.
 *
 * @param json a whole document, or the definition of one flag
 * @param modifyRevision of the set, or of the flag: what to write on condition of
 */
public record FlagDocument(String json, long modifyRevision) {}
