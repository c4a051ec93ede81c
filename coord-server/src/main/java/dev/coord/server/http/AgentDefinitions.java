package dev.coord.server.http;

import dev.coord.server.agent.Registration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Services and checks as configuration files define them: the words are those of the HTTP API. */
public final class AgentDefinitions {

    private AgentDefinitions() {}

    /**
     * Reads and checks them all.
     *
     * @param node name of this server's node
     * @param scriptsAllowed whether checks may run commands
     * @throws IllegalArgumentException naming the definition and what is wrong with it
     */
    public static List<Registration> read(
            List<Map<String, Object>> services, List<Map<String, Object>> checks, String node, boolean scriptsAllowed) {
        List<Registration> all = new ArrayList<>();
        for (Map<String, Object> service : services) {
            try {
                AgentServiceRequest request =
                        AgentServiceRequest.read(JsonBody.of(withOneCheck(service)), node, scriptsAllowed);
                all.add(new Registration(request.service(), request.checks()));
            } catch (HttpError e) {
                throw new IllegalArgumentException("service " + named(service) + ": " + e.getMessage(), e);
            }
        }
        for (Map<String, Object> check : checks) {
            try {
                all.add(new Registration(
                        null, List.of(AgentCheckRequest.alone(JsonBody.of(check), node, scriptsAllowed))));
            } catch (HttpError e) {
                throw new IllegalArgumentException("check " + named(check) + ": " + e.getMessage(), e);
            }
        }
        return all;
    }

    /** HCL's blocks {@code check { }} become a list where there are several. */
    private static Map<String, Object> withOneCheck(Map<String, Object> service) {
        if (!(service.get("check") instanceof List<?> several)) {
            return service;
        }
        Map<String, Object> copy = new LinkedHashMap<>(service);
        copy.remove("check");
        List<Object> all = new ArrayList<>(several);
        if (service.get("checks") instanceof List<?> more) {
            all.addAll(more);
        }
        copy.put("checks", all);
        return copy;
    }

    private static String named(Map<String, Object> definition) {
        for (String key : List.of("id", "ID", "name", "Name")) {
            if (definition.get(key) instanceof String name) {
                return "\"" + name + "\"";
            }
        }
        return definition.toString();
    }
}
