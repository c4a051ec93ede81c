package dev.coord.server.state;

/** What discovery has beside the catalog. Immutable. */
record Discovery(PreparedQueries queries, UserEvents events, Coordinates coordinates) {

    static final Discovery EMPTY = new Discovery(PreparedQueries.EMPTY, UserEvents.EMPTY, Coordinates.EMPTY);

    Discovery with(PreparedQueries newQueries) {
        return new Discovery(newQueries, events, coordinates);
    }

    Discovery with(UserEvents newEvents) {
        return new Discovery(queries, newEvents, coordinates);
    }

    Discovery with(Coordinates newCoordinates) {
        return new Discovery(queries, events, newCoordinates);
    }
}
