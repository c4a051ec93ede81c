package dev.coord.server.state;

import dev.coord.api.storage.v1.Flag;
import dev.coord.api.storage.v1.FlagText;

/**
 * One definition in a flag set. Immutable.
 *
 * @param name of the flag; {@link FlagSetEntry#SHARED}: what the set's flags share
 * @param definition flagd's JSON, an object without needless spaces
 * @param createIndex revision that made it
 * @param modifyIndex revision that changed it last
 */
public record FlagEntry(String name, String definition, long createIndex, long modifyIndex) {

    static FlagEntry of(Flag message) {
        return new FlagEntry(
                message.getText().getName(),
                message.getText().getDefinition(),
                message.getCreateRevision(),
                message.getModifyRevision());
    }

    Flag toMessage(String set) {
        return Flag.newBuilder()
                .setSet(set)
                .setText(FlagText.newBuilder().setName(name).setDefinition(definition))
                .setCreateRevision(createIndex)
                .setModifyRevision(modifyIndex)
                .build();
    }

    /** About what it takes, characters. */
    int size() {
        return name.length() + definition.length();
    }
}
