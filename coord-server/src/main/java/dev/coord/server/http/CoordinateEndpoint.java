package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.api.storage.v1.Coordinate;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.command.ClusterView.Server;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandLimits;
import dev.coord.server.state.State;
import dev.coord.server.watch.Topics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /v1/coordinate/}: where nodes are on the map of round-trip times, as they or others say. */
final class CoordinateEndpoint implements EndpointFamily {

    private static final double ERROR_AT_ORIGIN = 1.5;
    private static final double HEIGHT_AT_ORIGIN = 1e-5;

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/coordinate/datacenters", Access.OPEN, CoordinateEndpoint::datacenters);
        routes.get("/v1/coordinate/nodes", Access.BY_HANDLER, CoordinateEndpoint::nodes);
        routes.get("/v1/coordinate/node/", Access.readNamed(Resource.NODE), CoordinateEndpoint::node);
        routes.put("/v1/coordinate/update", Access.BY_HANDLER, CoordinateEndpoint::update);
    }

    /** Where a new node begins: the servers of one datacenter do not measure the way to others. */
    private static Coordinate origin(String node) {
        return Coordinate.newBuilder()
                .setNode(node)
                .addAllVec(Collections.nCopies(CommandLimits.COORDINATE_DIMENSIONS, 0.0))
                .setError(ERROR_AT_ORIGIN)
                .setHeight(HEIGHT_AT_ORIGIN)
                .build();
    }

    private static void datacenters(Exchange exchange) {
        exchange.answerJson(json -> {
            json.writeStartArray();
            json.writeStartObject();
            json.writeStringField(
                    "Datacenter", exchange.backend().cluster().self().datacenter());
            json.writeStringField("AreaID", "wan");
            json.writeArrayFieldStart("Coordinates");
            for (Server server : exchange.backend().cluster().servers()) {
                write(json, origin(server.name()));
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeEndArray();
        });
    }

    private static void nodes(Exchange exchange) {
        Authorizer may = exchange.authorizer();
        String segment = exchange.parameter("segment");
        exchange.read(new StateQuery(
                Topics.coordinates(),
                State::coordinatesIndex,
                state -> Answer.json(exchange.options().pretty(), json -> {
                    json.writeStartArray();
                    for (Coordinate coordinate : all(exchange, state)) {
                        if (may.mayRead(Resource.NODE, coordinate.getNode()) && isIn(segment, coordinate)) {
                            write(json, coordinate);
                        }
                    }
                    json.writeEndArray();
                })));
    }

    private static void node(Exchange exchange) {
        String node = exchange.required("Missing node name");
        String segment = exchange.parameter("segment");
        exchange.read(new StateQuery(Topics.coordinates(), State::coordinatesIndex, state -> {
            List<Coordinate> found = all(exchange, state).stream()
                    .filter(coordinate -> coordinate.getNode().equalsIgnoreCase(node) && isIn(segment, coordinate))
                    .toList();
            return found.isEmpty()
                    ? Answer.notFound()
                    : Answer.json(exchange.options().pretty(), json -> {
                        json.writeStartArray();
                        for (Coordinate coordinate : found) {
                            write(json, coordinate);
                        }
                        json.writeEndArray();
                    });
        }));
    }

    /** What was said, and the servers of which nothing was. */
    private static List<Coordinate> all(Exchange exchange, State state) {
        List<Coordinate> all = new ArrayList<>(state.coordinates());
        for (Server server : exchange.backend().cluster().servers()) {
            if (state.coordinatesOf(server.name()).isEmpty()) {
                all.add(origin(server.name()));
            }
        }
        all.sort(Comparator.comparing(Coordinate::getNode).thenComparing(Coordinate::getSegment));
        return all;
    }

    private static boolean isIn(@Nullable String segment, Coordinate coordinate) {
        return segment == null || coordinate.getSegment().equals(segment);
    }

    private static void update(Exchange exchange) {
        exchange.jsonBody(body -> {
            String node = body.string("Node");
            exchange.authorizer().requireWrite(Resource.NODE, node);
            JsonBody fields = body.object("Coord").orElseThrow(() -> HttpError.internal("incompatible coordinate"));
            Coordinate coordinate = Coordinate.newBuilder()
                    .setNode(node)
                    .setSegment(body.string("Segment"))
                    .addAllVec(fields.numbers("Vec"))
                    .setError(fields.number("Error"))
                    .setAdjustment(fields.number("Adjustment"))
                    .setHeight(fields.number("Height"))
                    .build();
            exchange.executeValid(
                    new Command.UpdateCoordinates(List.of(coordinate)), result -> exchange.answer(Answer.ok()));
        });
    }

    private static void write(JsonGenerator json, Coordinate coordinate) throws IOException {
        json.writeStartObject();
        json.writeStringField("Node", coordinate.getNode());
        json.writeStringField("Segment", coordinate.getSegment());
        json.writeObjectFieldStart("Coord");
        json.writeArrayFieldStart("Vec");
        for (double component : coordinate.getVecList()) {
            json.writeNumber(component);
        }
        json.writeEndArray();
        json.writeNumberField("Error", coordinate.getError());
        json.writeNumberField("Adjustment", coordinate.getAdjustment());
        json.writeNumberField("Height", coordinate.getHeight());
        json.writeEndObject();
        json.writeEndObject();
    }
}
