package dev.coord.server.http;

import dev.coord.server.acl.AclRules;
import dev.coord.server.acl.RuleException;
import dev.coord.server.command.AclChange;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandValidation;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.state.AclTables;
import java.util.function.Consumer;

/** What the endpoints of tokens, policies and roles have in common when they write. */
final class AclWrites {

    private AclWrites() {}

    /** Hands out the newest tables, so that links and names are looked up in what every acknowledged write has made. */
    static void tables(Exchange exchange, Consumer<AclTables> then) {
        exchange.await(exchange.backend().states().linearizable(), state -> then.accept(state.acl()));
    }

    /** Makes a change, then hands out the tables that have it. */
    static void execute(Exchange exchange, AclChange change, Consumer<AclTables> then) {
        Command command = new Command.Acl(change);
        try {
            CommandValidation.validate(command);
        } catch (ConsensusException invalid) {
            throw HttpError.internal(String.valueOf(invalid.getMessage()));
        }
        exchange.execute(
                command,
                result -> then.accept(exchange.backend().states().latest().acl()));
    }

    static void checkRules(String rules, boolean legacy, String wrapping) {
        try {
            AclRules.check(rules, legacy);
        } catch (RuleException e) {
            throw HttpError.internal(wrapping + e.getMessage());
        }
    }
}
