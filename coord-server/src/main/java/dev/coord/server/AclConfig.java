package dev.coord.server;

import dev.coord.server.acl.AclSettings;
import dev.coord.server.acl.AclSettings.DownPolicy;
import dev.coord.server.acl.AclSettings.Lookups;
import dev.coord.server.acl.AclSettings.OwnTokens;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the {@code acl} section and the keys that were in its place before Consul 1.4. Used once. Shows no secret. */
final class AclConfig {

    private static final String ALLOW = "allow";
    private static final String DENY = "deny";
    private static final Map<String, DownPolicy> DOWN_POLICIES = new LinkedHashMap<>();
    private static final Duration TTL_MAX = Duration.ofHours(24);

    static {
        DOWN_POLICIES.put(ALLOW, DownPolicy.ALLOW);
        DOWN_POLICIES.put(DENY, DownPolicy.DENY);
        DOWN_POLICIES.put("extend-cache", DownPolicy.EXTEND_CACHE);
        DOWN_POLICIES.put("async-cache", DownPolicy.ASYNC_CACHE);
    }

    private final ConfigValues values;

    AclConfig(ConfigValues values) {
        this.values = values;
    }

    AclSettings read(String datacenter) {
        String aclDatacenter = text("acl_datacenter");
        if (!aclDatacenter.isEmpty() && !aclDatacenter.equalsIgnoreCase(datacenter)) {
            throw values.bad(
                    "acl_datacenter",
                    "\"" + aclDatacenter + "\" is not this server's datacenter, and there is no other; give \""
                            + datacenter + "\"");
        }
        boolean enabled = values.firstFlag(!aclDatacenter.isEmpty(), "acl.enabled");
        boolean allow = allowByDefault();
        if (!enabled && !allow) {
            throw values.bad(
                    values.last("acl.default_policy") == null ? "acl_default_policy" : "acl.default_policy",
                    "nothing is denied while ACLs are off; set acl.enabled = true, or remove the key");
        }
        return new AclSettings(
                enabled,
                allow,
                values.firstFlag(false, "acl.enable_key_list_policy", "acl_enable_key_list_policy"),
                values.flag("acl.enable_token_persistence"),
                secret("acl.tokens.master", "acl.tokens.initial_management", "acl_master_token"),
                new OwnTokens(
                        secret("acl.tokens.default", "acl_token"),
                        secret("acl.tokens.agent", "acl_agent_token"),
                        secret("acl.tokens.agent_master", "acl.tokens.agent_recovery", "acl_agent_master_token"),
                        secret("acl.tokens.replication", "acl_replication_token")),
                new Lookups(tokenTtl(), downPolicy()));
    }

    private boolean allowByDefault() {
        String key = values.last("acl.default_policy") == null ? "acl_default_policy" : "acl.default_policy";
        String policy = text(key);
        if (!policy.isEmpty() && !policy.equals(ALLOW) && !policy.equals(DENY)) {
            throw values.bad(key, "\"" + policy + "\" is neither allow nor deny");
        }
        return !policy.equals(DENY);
    }

    /** Of no concern to a server, which knows all tokens. */
    private DownPolicy downPolicy() {
        DownPolicy given = Lookups.DEFAULT.whenUnreachable();
        for (String key : List.of("acl_down_policy", "acl.down_policy")) {
            String policy = text(key);
            if (!policy.isEmpty()) {
                DownPolicy known = DOWN_POLICIES.get(policy);
                if (known == null) {
                    throw values.bad(key, "\"" + policy + "\" is none of " + String.join(", ", DOWN_POLICIES.keySet()));
                }
                given = known;
            }
        }
        return given;
    }

    private Duration tokenTtl() {
        Duration ttl = values.duration("acl.token_ttl", Lookups.DEFAULT.ttl());
        if (ttl.isNegative() || ttl.compareTo(TTL_MAX) > 0) {
            throw values.bad("acl.token_ttl", ttl + " is not within 0s and 24h");
        }
        return ttl;
    }

    private String secret(String... keys) {
        return values.firstText(keys).orElse("");
    }

    private String text(String key) {
        return values.text(key, "");
    }
}
