package dev.coord.server.agent;

import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import java.util.List;
import java.util.Map;

/** How a local check finds out. */
enum CheckKind {
    TTL,
    HTTP,
    TCP,
    GRPC,
    /** Runs a command. */
    SCRIPT,
    /** Is as well as others are. */
    ALIAS,
    /** Says critical for as long as it is there. */
    MAINTENANCE;

    /** The definition of a maintenance check: nothing to find out. */
    static final CheckDefinition NONE =
            new CheckDefinition(0, "", "", "", "", Map.<String, List<String>>of(), "", false, 0, 0, 0);

    static CheckKind of(CheckEntry check) {
        return of(definition(check));
    }

    static CheckKind of(CheckDefinition definition) {
        if (definition.ttlMillis() > 0) {
            return TTL;
        }
        if (!definition.http().isEmpty()) {
            return HTTP;
        }
        if (!definition.tcp().isEmpty()) {
            return TCP;
        }
        if (!definition.grpc().isEmpty()) {
            return GRPC;
        }
        if (!definition.agent().args().isEmpty()) {
            return SCRIPT;
        }
        return definition.agent().isAlias() ? ALIAS : MAINTENANCE;
    }

    static CheckDefinition definition(CheckEntry check) {
        CheckDefinition definition = check.definition();
        return definition == null ? NONE : definition;
    }
}
