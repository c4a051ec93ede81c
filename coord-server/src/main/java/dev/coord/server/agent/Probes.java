package dev.coord.server.agent;

import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CheckStatus;
import io.vertx.core.Vertx;
import java.util.concurrent.CompletableFuture;

/** A probe for each kind of check. Commands are run only where that was allowed. */
public final class Probes implements Probe {

    private final Probe web;
    private final Probe grpc = new GrpcProbe();
    private final Probe scripts = new ScriptProbe();
    private final boolean scriptsAllowed;

    /** Uses the Vert.x that it is given, and does not close it. */
    public Probes(Vertx vertx, boolean scriptsAllowed) {
        this.web = new VertxProbe(vertx);
        this.scriptsAllowed = scriptsAllowed;
    }

    @Override
    public CompletableFuture<Outcome> run(CheckDefinition check) {
        return switch (CheckKind.of(check)) {
            case GRPC -> grpc.run(check);
            case SCRIPT ->
                scriptsAllowed
                        ? scripts.run(check)
                        : CompletableFuture.completedFuture(new Outcome(
                                CheckStatus.CRITICAL,
                                "Scripts are disabled on this agent; to enable, configure 'enable_script_checks' or"
                                        + " 'enable_local_script_checks' to true"));
            default -> web.run(check);
        };
    }

    @Override
    public void close() {
        web.close();
        grpc.close();
        scripts.close();
    }
}
