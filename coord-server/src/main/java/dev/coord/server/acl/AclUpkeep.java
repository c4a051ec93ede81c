package dev.coord.server.acl;

import dev.coord.server.command.AclChange;
import dev.coord.server.command.AclEntries;
import dev.coord.server.command.AclEntries.TokenEntry;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.LeadershipListener;
import dev.coord.server.command.SecretDigest;
import dev.coord.server.loop.EventLoop;
import dev.coord.server.state.AclTables;
import dev.coord.server.state.StateReader;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the leader does for ACLs: creates the configured management token where it is missing, and removes tokens that have
 * expired, both through the log. An expired token counts for nothing from its time on, whether it was removed or not. On a
 * thread of its own.
 */
public final class AclUpkeep implements LeadershipListener, AutoCloseable {

    /** How often is looked for something to do, milliseconds. */
    static final long ROUND_MILLIS = 2_000;

    private static final int TASKS_MAX = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(AclUpkeep.class);

    private final EventLoop loop;
    private final AclSettings settings;
    private final CommandExecutor commands;
    private final StateReader states;
    private final LongSupplier wallMillis;

    /** Which time of leading this is; 0: none. Own thread only. */
    private long reign;

    private long reigns;

    /** @param wallMillis the system's time, which tokens expire by */
    public AclUpkeep(AclSettings settings, CommandExecutor commands, StateReader states, LongSupplier wallMillis) {
        this.loop = new EventLoop("coord-acl", TASKS_MAX, EventLoop::systemMillis);
        this.settings = settings;
        this.commands = commands;
        this.states = states;
        this.wallMillis = wallMillis;
    }

    /** Starts the thread. */
    public void start() {
        loop.start();
    }

    @Override
    public void leading(long term) {
        loop.execute(() -> {
            reign = ++reigns;
            round(reign);
        });
    }

    @Override
    public void following() {
        loop.execute(() -> reign = 0);
    }

    private void round(long ofReign) {
        if (ofReign != reign) {
            return;
        }
        AclTables tables = states.latest().acl();
        AclChange due = due(tables);
        CompletableFuture<?> done =
                due == null ? CompletableFuture.completedFuture(null) : commands.execute(new Command.Acl(due));
        var unused = done.whenComplete((result, failure) -> loop.execute(() -> {
            tell(due, result instanceof CommandResult told ? told : null, failure);
            loop.after(ROUND_MILLIS, () -> round(ofReign));
        }));
    }

    private @Nullable AclChange due(AclTables tables) {
        String secret = settings.managementSecret();
        if (!secret.isEmpty() && tables.tokenOf(SecretDigest.of(secret)) == null) {
            TokenEntry token = managementToken(secret);
            return tables.bootstrapIndex() == 0
                    ? new AclChange.Bootstrap(token, 0)
                    : new AclChange.PutToken(token, true);
        }
        long now = wallMillis.getAsLong();
        boolean expired = tables.tokens().stream().anyMatch(token -> token.expiredAt(now));
        return expired ? new AclChange.DropExpiredTokens() : null;
    }

    private TokenEntry managementToken(String secret) {
        return TokenEntry.of(
                UUID.randomUUID().toString(),
                secret,
                "Master Token",
                List.of(AclEntries.MANAGEMENT_POLICY),
                wallMillis.getAsLong());
    }

    private static void tell(@Nullable AclChange due, @Nullable CommandResult result, @Nullable Throwable failure) {
        if (due == null) {
            return;
        }
        if (failure != null) {
            LOG.debug("A change of ACLs could not be written and is tried again: {}", failure.getMessage());
        } else if (result != null && result.rejection() != null) {
            LOG.warn("A change of ACLs was refused: {}", result.rejection().message());
        } else if (due instanceof AclChange.DropExpiredTokens) {
            LOG.info("Expired tokens were removed");
        } else {
            LOG.info("The management token of the configuration was created");
        }
    }

    /** Stops the thread. Idempotent. */
    @Override
    public void close() {
        loop.close();
    }
}
