package dev.coord.server.http;

import dev.coord.server.acl.AclSettings;
import dev.coord.server.command.AclEntries.NodeIdentity;
import dev.coord.server.command.AclEntries.PolicyEntry;
import dev.coord.server.command.AclEntries.RoleEntry;
import dev.coord.server.command.AclEntries.ServiceIdentity;
import dev.coord.server.command.AclEntries.TokenEntry;
import dev.coord.server.state.AclTables;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes tokens, policies and roles of what a client asked for. Refusals are in Consul's words. */
final class AclRequest {

    private AclRequest() {}

    /**
     * A new token.
     *
     * @param accessor if the client chose none; likewise the secret
     */
    static TokenEntry token(JsonBody body, AclTables tables, String accessor, String secret, long nowMillis) {
        return token(
                body,
                tables,
                body.string("AccessorID", accessor),
                body.string("SecretID", secret),
                expirationMillis(body, nowMillis),
                nowMillis);
    }

    /** What an existing token is to be. */
    static TokenEntry changedToken(JsonBody body, AclTables tables, TokenEntry before) {
        String secret = body.string("SecretID", before.secretId());
        if (!secret.equals(before.secretId()) && !secret.equals("<hidden>") && !secret.isEmpty()) {
            throw HttpError.internal("Changing a token's SecretID is not permitted");
        }
        if (body.bool("Local") != before.local()) {
            throw HttpError.internal("Cannot toggle local mode of " + before.accessorId());
        }
        String expiration = body.string("ExpirationTime");
        if (body.durationNanos("ExpirationTTL").isPresent()
                || !(expiration.isEmpty() || millis(expiration) == before.expirationMillis())) {
            throw HttpError.internal("Cannot change expiration time");
        }
        return token(
                body, tables, before.accessorId(), before.secretId(), before.expirationMillis(), before.createMillis());
    }

    private static TokenEntry token(
            JsonBody body, AclTables tables, String accessor, String secret, long expirationMillis, long createMillis) {
        if (!body.string("AuthMethod").isEmpty()) {
            throw HttpError.internal("AuthMethod field is disallowed outside of Login");
        }
        return new TokenEntry(
                accessor,
                secret,
                body.string("Description"),
                policies(body, tables),
                roles(body, tables),
                serviceIdentities(body),
                nodeIdentities(body),
                body.bool("Local"),
                expirationMillis,
                createMillis,
                "",
                "",
                0,
                0);
    }

    static PolicyEntry policy(JsonBody body, String id) {
        return new PolicyEntry(
                id,
                body.string("Name"),
                body.string("Description"),
                body.string("Rules"),
                body.strings("Datacenters"),
                0,
                0);
    }

    static RoleEntry role(JsonBody body, AclTables tables, String id) {
        return new RoleEntry(
                id,
                body.string("Name"),
                body.string("Description"),
                policies(body, tables),
                serviceIdentities(body),
                nodeIdentities(body),
                0,
                0);
    }

    private static List<String> policies(JsonBody body, AclTables tables) {
        return links(
                body.objects("Policies"),
                "policy",
                id -> tables.policy(id) == null ? null : id,
                name -> idOf(tables.policyNamed(name)));
    }

    private static @Nullable String idOf(@Nullable PolicyEntry policy) {
        return policy == null ? null : policy.id();
    }

    private static List<String> roles(JsonBody body, AclTables tables) {
        return links(
                body.objects("Roles"),
                "role",
                id -> tables.role(id) == null ? null : id,
                name -> idOf(tables.roleNamed(name)));
    }

    private static @Nullable String idOf(@Nullable RoleEntry role) {
        return role == null ? null : role.id();
    }

    /** Ids of what is linked to, by id or by name, each once. */
    private static List<String> links(
            List<JsonBody> links,
            String what,
            Function<String, @Nullable String> byId,
            Function<String, @Nullable String> byName) {
        List<String> ids = new ArrayList<>();
        for (JsonBody link : links) {
            String id = link.string("ID");
            String name = link.string("Name");
            String found = id.isEmpty() ? byName.apply(name) : byId.apply(id);
            if (found == null) {
                throw HttpError.internal(
                        id.isEmpty()
                                ? "No such ACL " + what + " with name \"" + name + "\""
                                : "No such ACL " + what + " with ID \"" + id + "\"");
            }
            if (!ids.contains(found)) {
                ids.add(found);
            }
        }
        return ids;
    }

    private static List<ServiceIdentity> serviceIdentities(JsonBody body) {
        return body.objects("ServiceIdentities").stream()
                .map(identity -> new ServiceIdentity(identity.string("ServiceName"), identity.strings("Datacenters")))
                .distinct()
                .toList();
    }

    private static List<NodeIdentity> nodeIdentities(JsonBody body) {
        return body.objects("NodeIdentities").stream()
                .map(identity -> new NodeIdentity(identity.string("NodeName"), identity.string("Datacenter")))
                .distinct()
                .toList();
    }

    private static long expirationMillis(JsonBody body, long nowMillis) {
        OptionalLong ttlNanos = body.durationNanos("ExpirationTTL");
        String time = body.string("ExpirationTime");
        if (ttlNanos.isPresent() && ttlNanos.getAsLong() != 0) {
            if (ttlNanos.getAsLong() < 0) {
                throw HttpError.internal(
                        "Token Expiration TTL '" + GoDuration.format(ttlNanos.getAsLong()) + "' should be > 0");
            }
            if (!time.isEmpty()) {
                throw HttpError.internal("Token Expiration TTL and Expiration Time cannot both be set");
            }
            return bounded(nowMillis, nowMillis + ttlNanos.getAsLong() / 1_000_000);
        }
        return time.isEmpty() ? 0 : bounded(nowMillis, millis(time));
    }

    private static long millis(String time) {
        try {
            return OffsetDateTime.parse(time).toInstant().toEpochMilli();
        } catch (DateTimeException e) {
            throw HttpError.badRequest("Request decode failed: ExpirationTime \"" + time + "\" is no RFC 3339 time");
        }
    }

    private static long bounded(long nowMillis, long expirationMillis) {
        if (expirationMillis < nowMillis) {
            throw HttpError.internal("ExpirationTime cannot be before CreateTime");
        }
        Duration life = Duration.ofMillis(expirationMillis - nowMillis);
        if (life.compareTo(AclSettings.TOKEN_TTL_MIN) < 0) {
            throw HttpError.internal("ExpirationTime cannot be less than " + text(AclSettings.TOKEN_TTL_MIN)
                    + " in the future (was " + text(life) + ")");
        }
        if (life.compareTo(AclSettings.TOKEN_TTL_MAX) > 0) {
            throw HttpError.internal("ExpirationTime cannot be more than " + text(AclSettings.TOKEN_TTL_MAX)
                    + " in the future (was " + text(life) + ")");
        }
        return expirationMillis;
    }

    private static String text(Duration duration) {
        return GoDuration.format(duration.toNanos());
    }
}
