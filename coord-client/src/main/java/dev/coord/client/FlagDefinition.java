package dev.coord.client;

/**
 * A definition in a flag set. Immutable.
 *
 * @param name of the flag; empty: what the set's flags share, an object of {@code $evaluators}, {@code metadata} and {@code
 *     $schema}
 * @param json flagd's JSON, an object
 * @param createRevision revision that made it
 * @param modifyRevision revision that changed it last
 */
public record FlagDefinition(String name, String json, long createRevision, long modifyRevision) {

    static FlagDefinition of(dev.coord.api.v1.FlagDefinition message) {
        return new FlagDefinition(
                message.getName(), message.getJson(), message.getCreateRevision(), message.getModifyRevision());
    }
}
