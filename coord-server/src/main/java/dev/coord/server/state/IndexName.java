package dev.coord.server.state;

import java.util.Arrays;

/** What a {@code NamedIndex} of a snapshot is the index of. The texts are for ever. */
enum IndexName {
    /** Newest change of any key. */
    KV("kv"),
    NODES("nodes"),
    SERVICES("services"),
    CHECKS("checks"),
    SESSIONS("sessions"),
    /** Of one node and all that is on it. */
    NODE("node"),
    /** Of one service. */
    SERVICE("service"),
    /** When a node went; without a name: the floor of those forgotten. Likewise the others. */
    NODE_GONE("node.gone"),
    SERVICE_GONE("service.gone"),
    SESSION_GONE("session.gone"),
    /** Of all prepared queries, user events, coordinates; missing while there never was one. */
    QUERIES("queries"),
    EVENTS("events"),
    COORDINATES("coordinates"),
    /** When a snapshot took the place of everything last; missing if never. */
    RESTORED("restored"),
    /** Newest change of any flag set. */
    FLAGS("flags"),
    /** Newest change of a deleted flag set that was forgotten. */
    FLAGS_FORGOTTEN("flags.forgotten");

    private final String text;

    IndexName(String text) {
        this.text = text;
    }

    String text() {
        return text;
    }

    /** @throws IllegalArgumentException when there is none of that text */
    static IndexName of(String text) {
        return Arrays.stream(values())
                .filter(name -> name.text.equals(text))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException(
                                "an index of \"" + text
                                        + "\", which this build does not know: a newer build wrote it; start that build or a later one"));
    }
}
