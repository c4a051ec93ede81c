package dev.coord.tools;

import dev.coord.server.StartupException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the servers' HTTP is: what was given, and where that is wanted what the first of them that answers knows of the others.
 * Needs no leader.
 */
final class ServerAddresses {

    /** Of a member that went by itself: nobody expects an answer of it. */
    private static final int LEFT = 3;

    private ServerAddresses() {}

    /**
     * One server.
     *
     * @param name empty: not known before it answers
     */
    record Place(String name, HttpTarget target) {

        /** For people: a name if there is one. */
        String label() {
            return name.isEmpty() ? target.text() : name;
        }
    }

    /**
     * Those that were given, and behind them the rest of the cluster.
     *
     * @param others ask for the others
     * @param notes filled with why some can't be asked, a line each
     */
    static List<Place> of(HttpConnection http, boolean others, Duration patience, List<String> notes) {
        List<HttpTarget> given = http.targets();
        if (!others) {
            return given.stream().map(target -> new Place("", target)).toList();
        }
        String why = "";
        for (HttpTarget target : given) {
            try (HttpTransport transport = http.open(target)) {
                String own = transport
                        .get("/v1/agent/self", patience)
                        .orFail()
                        .object()
                        .getJsonObject("Config")
                        .getString("NodeName");
                List<JsonObject> members = AclText.objects(
                        transport.get("/v1/agent/members", patience).orFail().list());
                return all(given, target, own, members, notes);
            } catch (StartupException e) {
                // The next may answer.
                why = String.valueOf(e.getMessage());
            }
        }
        notes.add("no server says who the others are, only those given are asked: " + why);
        return given.stream().map(target -> new Place("", target)).toList();
    }

    private static List<Place> all(
            List<HttpTarget> given, HttpTarget answered, String own, List<JsonObject> members, List<String> notes) {
        Map<String, Place> byAddress = new LinkedHashMap<>();
        Map<String, String> names = new LinkedHashMap<>();
        for (JsonObject member : members) {
            JsonObject tags = member.getJsonObject("Tags", new JsonObject());
            if (!"consul".equals(tags.getString("role"))
                    || Integer.valueOf(LEFT).equals(member.getInteger("Status"))) {
                continue;
            }
            String name = member.getString("Name", "");
            String address = tags.getString("http_addr", "");
            if (name.equals(own)) {
                byAddress.put(answered.text(), new Place(name, answered));
            } else if (address.isEmpty() || address.startsWith("unix:")) {
                notes.add(name + ": nobody knows where its HTTP is; give it with --http-addr");
            } else {
                names.put(address, name);
            }
        }
        for (HttpTarget target : given) {
            String address = target.host() + ":" + target.socket().port();
            String name = names.remove(address);
            byAddress.putIfAbsent(target.text(), new Place(name == null ? "" : name, target));
        }
        names.forEach(
                (address, name) -> byAddress.put(address, new Place(name, HttpTarget.of(address, answered.tls()))));
        return new ArrayList<>(byAddress.values());
    }
}
