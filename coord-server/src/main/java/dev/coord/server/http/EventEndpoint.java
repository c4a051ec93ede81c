package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.google.protobuf.ByteString;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.coord.api.storage.v1.UserEvent;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.agent.LocalAgent;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandLimits;
import dev.coord.server.state.State;
import dev.coord.server.watch.Topics;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1/event/}: something that users tell all agents. Each agent shows those that are meant for it: whose filters fit
 * its node, its services and their tags.
 */
final class EventEndpoint implements EndpointFamily {

    private static final int VERSION = 1;
    private static final int HEX = 16;

    private final LocalAgent agent;

    EventEndpoint(LocalAgent agent) {
        this.agent = agent;
    }

    @Override
    public void addTo(Routes routes) {
        routes.put("/v1/event/fire/", Access.writeNamed(Resource.EVENT), EventEndpoint::fire);
        routes.get("/v1/event/list", Access.BY_HANDLER, this::list);
    }

    private static void fire(Exchange exchange) {
        String name = exchange.required("Missing name");
        UserEvent.Builder event = UserEvent.newBuilder()
                .setId(UUID.randomUUID().toString())
                .setName(name)
                .setNodeFilter(filter(exchange, "node"))
                .setServiceFilter(filter(exchange, "service"))
                .setTagFilter(filter(exchange, "tag"));
        if (!event.getTagFilter().isEmpty() && event.getServiceFilter().isEmpty()) {
            throw HttpError.internal("Cannot provide tag filter without service filter");
        }
        exchange.body(CommandLimits.EVENT_BYTES_MAX, body -> {
            UserEvent fired =
                    event.setPayload(ByteString.copyFrom(body.getBytes())).build();
            exchange.executeValid(
                    new Command.FireEvent(fired), result -> exchange.answerJson(json -> write(json, fired)));
        });
    }

    /** A regular expression, checked before everybody has to. */
    private static String filter(Exchange exchange, String name) {
        String filter = exchange.parameter(name);
        if (filter == null) {
            return "";
        }
        try {
            var unused = Pattern.compile(filter);
            return filter;
        } catch (PatternSyntaxException e) {
            throw HttpError.internal("Invalid " + name + " filter: " + e.getMessage());
        }
    }

    private void list(Exchange exchange) {
        Authorizer may = exchange.authorizer();
        String name = exchange.parameter("name");
        exchange.read(new StateQuery(
                Topics.events(),
                state -> index(meantForHere(exchange, may, state, name)),
                state -> Answer.json(exchange.options().pretty(), json -> {
                    json.writeStartArray();
                    for (UserEvent event : meantForHere(exchange, may, state, name)) {
                        write(json, event);
                    }
                    json.writeEndArray();
                }),
                true));
    }

    private List<UserEvent> meantForHere(Exchange exchange, Authorizer may, State state, @Nullable String name) {
        return state.events().stream()
                .filter(event ->
                        name == null || name.isEmpty() || event.getName().equals(name))
                .filter(event -> may.mayRead(Resource.EVENT, event.getName()))
                .filter(event -> fits(event.getNodeFilter(), exchange.ownNode()))
                .filter(event -> event.getServiceFilter().isEmpty()
                        || agent.local().services().stream().anyMatch(service -> fits(event, service)))
                .toList();
    }

    private static boolean fits(UserEvent event, ServiceEntry service) {
        return fits(event.getServiceFilter(), service.name())
                && (event.getTagFilter().isEmpty()
                        || service.tags().stream().anyMatch(tag -> fits(event.getTagFilter(), tag)));
    }

    private static boolean fits(String filter, String text) {
        return filter.isEmpty() || Pattern.compile(filter).matcher(text).find();
    }

    /** As Consul's clients compute it of the newest event's id: its halves, one over the other; 1 when there is none. */
    private static long index(List<UserEvent> events) {
        if (events.isEmpty()) {
            return 1;
        }
        String digits = events.get(events.size() - 1).getId().replace("-", "");
        return Long.parseUnsignedLong(digits.substring(0, HEX), HEX)
                ^ Long.parseUnsignedLong(digits.substring(HEX), HEX);
    }

    private static void write(JsonGenerator json, UserEvent event) throws IOException {
        json.writeStartObject();
        json.writeStringField("ID", event.getId());
        json.writeStringField("Name", event.getName());
        json.writeFieldName("Payload");
        if (event.getPayload().isEmpty()) {
            json.writeNull();
        } else {
            json.writeBinary(event.getPayload().toByteArray());
        }
        json.writeStringField("NodeFilter", event.getNodeFilter());
        json.writeStringField("ServiceFilter", event.getServiceFilter());
        json.writeStringField("TagFilter", event.getTagFilter());
        json.writeNumberField("Version", VERSION);
        json.writeNumberField("LTime", event.getLtime());
        json.writeEndObject();
    }
}
