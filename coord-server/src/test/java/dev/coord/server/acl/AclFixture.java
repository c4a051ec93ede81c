package dev.coord.server.acl;

import dev.coord.server.LocalConsensus;
import dev.coord.server.acl.AclSettings.OwnTokens;
import dev.coord.server.command.AclChange;
import dev.coord.server.command.AclEntries;
import dev.coord.server.command.AclEntries.PolicyEntry;
import dev.coord.server.command.AclEntries.TokenEntry;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/** Tokens for tests, and access control of them that denies by default. */
public final class AclFixture {

    public static final String MANAGEMENT = "11111111-aaaa-bbbb-cccc-000000000001";
    /** The secret by which this server's own agent paths open. */
    public static final String AGENT_MASTER = "11111111-aaaa-bbbb-cccc-000000000002";

    public static final AclSettings DENY = deny(AclSettings.Lookups.DEFAULT);

    private AclFixture() {}

    static AclSettings deny(AclSettings.Lookups lookups) {
        return new AclSettings(true, false, false, false, "", new OwnTokens("", "", AGENT_MASTER, ""), lookups);
    }

    public static OwnTokenStore own(AclSettings settings) {
        try {
            return new OwnTokenStore(settings, Path.of("unused"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static AccessControl access(AclSettings settings, String node) {
        return new TokenAccess(settings, own(settings), "dc1", node, System::currentTimeMillis);
    }

    /** Puts the management token in place. */
    public static void bootstrap(LocalConsensus consensus) {
        apply(
                consensus,
                new AclChange.Bootstrap(
                        TokenEntry.of(
                                UUID.randomUUID().toString(),
                                MANAGEMENT,
                                "for tests",
                                List.of(AclEntries.MANAGEMENT_POLICY),
                                1),
                        0));
    }

    /** A token with one policy of its own; gives its secret. */
    public static String token(LocalConsensus consensus, String rules) {
        PolicyEntry policy = policy(consensus, rules);
        TokenEntry token =
                TokenEntry.of(UUID.randomUUID().toString(), UUID.randomUUID().toString(), "", List.of(policy.id()), 1);
        apply(consensus, new AclChange.PutToken(token, true));
        return token.secretId();
    }

    /** Gives those without a token a policy. */
    public static void allowAnonymous(LocalConsensus consensus, String rules) {
        TokenEntry anonymous = TokenEntry.of(
                AclEntries.ANONYMOUS_TOKEN,
                AclEntries.ANONYMOUS_SECRET,
                "Anonymous Token",
                List.of(policy(consensus, rules).id()),
                1);
        apply(consensus, new AclChange.PutToken(anonymous, false));
    }

    public static PolicyEntry policy(LocalConsensus consensus, String rules) {
        String id = UUID.randomUUID().toString();
        PolicyEntry policy = new PolicyEntry(id, "p-" + id, "", rules, List.of(), 0, 0);
        apply(consensus, new AclChange.PutPolicy(policy, true));
        return policy;
    }

    public static void apply(LocalConsensus consensus, AclChange change) {
        CommandResult result = consensus.apply(new Command.Acl(change));
        if (!result.ok()) {
            throw new IllegalStateException(String.valueOf(result.rejection()));
        }
    }
}
