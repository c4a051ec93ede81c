package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Changes of the servers, made of steps each of which leaves a cluster that works: one that is cut off between two is gone on
 * with by the same command. Says on standard error what it is at.
 */
final class RaftSteps {

    private static final int CONFLICT = 409;
    private static final long LOOK_MILLIS = 300;
    /** A learner that lacks fewer entries than this is as good as caught up: the rest comes while it is promoted. */
    private static final long NEARLY = 1_000;

    private final HttpConnection http;
    private final ChangeOptions options;
    private final CommandSpec spec;
    private String said = "";

    RaftSteps(HttpConnection http, ChangeOptions options, CommandSpec spec) {
        this.http = http;
        this.options = options;
        this.spec = spec;
    }

    int add(String address, boolean asLearner) {
        Optional<JsonObject> member = find(address);
        if (member.isPresent() && (asLearner || isVoter(member.get()))) {
            throw refused(label(member.get()) + " belongs to the cluster already");
        }
        String kind = asLearner ? "add-learner" : "promote";
        if (member.isEmpty() && (!mayGoOn(kind, address, "") || options.check())) {
            return status();
        }
        if (member.isEmpty()) {
            change("add-learner", address, "");
            note("The server at " + address + " follows as a learner");
        }
        return asLearner ? Console.say("The server at " + address + " is a learner") : promote(address);
    }

    int promote(String server) {
        String address = address(server);
        if (options.check()) {
            mayGoOn("promote", address, "");
            return status();
        }
        awaitCaughtUp(address);
        return done("promote", address, "", "is a voter");
    }

    int remove(String server) {
        String address = address(server);
        if (!mayGoOn("remove", address, "") || options.check()) {
            return status();
        }
        return done("remove", address, "", "is no part of the cluster any more");
    }

    int replace(String old, String fresh) {
        String gone = address(old);
        String address = find(fresh).map(server -> server.getString("Address")).orElse(fresh);
        if (!mayGoOn("replace", address, gone) || options.check()) {
            return status();
        }
        if (find(address).isEmpty()) {
            change("add-learner", address, "");
            note("The server at " + address + " follows as a learner");
        }
        awaitCaughtUp(address);
        return done("replace", address, gone, "is a voter in the place of " + gone);
    }

    int transferLeader(@Nullable String server) {
        String address = server == null || server.isEmpty() ? "" : address(server);
        if (!mayGoOn("transfer-leadership", address, "") || options.check()) {
            return status();
        }
        String before = leader();
        change("transfer-leadership", address, "");
        AtomicReference<String> leads = new AtomicReference<>("");
        await("Waiting for another server to lead", () -> {
            String now = leader();
            leads.set(now);
            return !now.isEmpty() && (address.isEmpty() ? !now.equals(before) : now.equals(address));
        });
        return Console.say("Leadership transfer succeeded: the server at " + leads + " leads");
    }

    // ---- one step

    private int status = ExitCode.OK.status();

    private int status() {
        return status;
    }

    /** Prints what a change would mean; false, with a status, where it is refused and not forced. */
    private boolean mayGoOn(String kind, String address, String insteadOf) {
        JsonObject outcome =
                call(kind, address, insteadOf, false, true).orFail().object();
        String refusal = outcome.getString("Refusal");
        if (options.check() && http.json()) {
            Console.say(GoJson.pretty(outcome, "  "));
        } else {
            Console.say(outcome.getString("Summary"));
        }
        if (refusal.isEmpty()) {
            return true;
        }
        note((options.force() ? "Forced, although " : "Refused: ")
                + refusal
                + (options.force() ? "" : "; --force does it nevertheless"));
        if (!options.force() || options.check()) {
            status = ExitCode.FAILED.status();
        }
        return options.force();
    }

    private int done(String kind, String address, String insteadOf, String what) {
        JsonObject outcome = changeOnceReady(kind, address, insteadOf);
        return Console.say("The server at " + address + " " + what + ": "
                + outcome.getString("Summary").replaceFirst("^now .*; after: ", ""));
    }

    /** A learner may still lack a little, or not have been heard of by a new leader. */
    private JsonObject changeOnceReady(String kind, String address, String insteadOf) {
        Deadline deadline = Deadline.in(options.timeout());
        while (true) {
            HttpAnswer answer = call(kind, address, insteadOf, options.force(), false);
            if (answer.isSuccess() || answer.status() == CONFLICT || kind.equals("remove") || deadline.isOver()) {
                return made(answer);
            }
            note(answer.text().strip());
            pause();
        }
    }

    private JsonObject change(String kind, String address, String insteadOf) {
        return made(call(kind, address, insteadOf, options.force(), false));
    }

    private static JsonObject made(HttpAnswer answer) {
        if (answer.status() == CONFLICT) {
            throw refused("refused: " + answer.object().getString("Refusal") + "; --force does it nevertheless");
        }
        return answer.orFail().object();
    }

    private HttpAnswer call(String kind, String address, String insteadOf, boolean force, boolean check) {
        JsonObject body = new JsonObject()
                .put("Kind", kind)
                .put("Address", address)
                .put("InsteadOf", insteadOf)
                .put("Force", force)
                .put("CheckOnly", check);
        return http.call("PUT", "/v1/operator/raft/change", Buffer.buffer(body.encode()));
    }

    // ---- looking

    private void awaitCaughtUp(String address) {
        await("", () -> {
            List<JsonObject> servers = servers();
            long wanted = servers.stream()
                    .filter(server -> server.getBoolean("Leader"))
                    .mapToLong(server -> server.getLong("LastIndex"))
                    .max()
                    .orElse(Long.MAX_VALUE);
            long has = servers.stream()
                    .filter(server -> server.getString("Address").equals(address))
                    .mapToLong(server -> server.getLong("LastIndex"))
                    .max()
                    .orElse(0);
            if (wanted != Long.MAX_VALUE) {
                note("The log of " + address + " has " + has + " of " + wanted + " entries");
            }
            return has > 0 && wanted - has < NEARLY;
        });
    }

    private void await(String what, BooleanSupplier condition) {
        Deadline deadline = Deadline.in(options.timeout());
        while (!condition.getAsBoolean()) {
            if (deadline.isOver()) {
                throw refused("nothing more happened within "
                        + options.timeout().toSeconds() + " s; the same command goes on from here");
            }
            note(what);
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartupException(ExitCode.FAILED, "interrupted; the same command goes on from here", e);
        }
    }

    private List<JsonObject> servers() {
        return AclText.objects(http.get("/v1/operator/raft/configuration").getJsonArray("Servers"));
    }

    private String leader() {
        return servers().stream()
                .filter(server -> server.getBoolean("Leader"))
                .map(server -> server.getString("Address"))
                .findFirst()
                .orElse("");
    }

    private Optional<JsonObject> find(String server) {
        return servers().stream()
                .filter(one -> List.of("ID", "Node", "Address").stream()
                        .anyMatch(field -> server.equals(one.getString(field))))
                .findFirst();
    }

    private String address(String server) {
        return find(server)
                .map(one -> one.getString("Address"))
                .orElseThrow(
                        () -> refused(
                                "no server " + server
                                        + " belongs to the cluster: give a name, an id or an address of 'coord operator raft list-peers'"));
    }

    private static boolean isVoter(JsonObject server) {
        return Boolean.TRUE.equals(server.getBoolean("Voter"));
    }

    private static String label(JsonObject server) {
        return server.getString("Node") + " at " + server.getString("Address");
    }

    /** The same is said once. */
    private void note(String text) {
        if (!text.isEmpty() && !text.equals(said)) {
            said = text;
            Console.note(spec, text);
        }
    }

    private static StartupException refused(String why) {
        return new StartupException(ExitCode.FAILED, why);
    }
}
