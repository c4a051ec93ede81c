package dev.coord.server.acl;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.SessionEntry;
import dev.coord.server.state.Change.ServiceInstance;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the bearer of a token may do. Immutable, safe from any thread; an answer allocates nothing.
 *
 * <p>Two authorizers are equal when they stand for the same policies, so that what was made for the bearer of one token may
 * be given to that of another.
 *
 * <p>What no rule speaks of follows the default policy; but {@link Resource#ACL}, {@link Resource#OPERATOR} and {@link
 * Resource#KEYRING} are never given by default.
 */
public final class Authorizer {

    private static final String UNRESTRICTED_IDENTITY = "unrestricted";

    /** May do everything: what all are while ACLs are off. */
    public static final Authorizer UNRESTRICTED = new Authorizer(UNRESTRICTED_IDENTITY, true, false, List.of());

    private final Object identity;
    private final boolean unrestricted;
    private final boolean byDefault;
    private final boolean listsByRule;
    private final Map<Resource, NameRules> named = new EnumMap<>(Resource.class);
    private final Map<Resource, Permission> unnamed = new EnumMap<>(Resource.class);

    /**
     * Puts the rules of several policies together.
     *
     * @param identity equal for those that hold the same rules
     * @param byDefault what is allowed where there is no rule
     * @param listsByRule to list keys takes {@link Permission#LIST}, as in {@code acl.enable_key_list_policy}
     */
    Authorizer(Object identity, boolean byDefault, boolean listsByRule, List<Rule> rules) {
        this.identity = identity;
        this.unrestricted = identity.equals(UNRESTRICTED_IDENTITY);
        this.byDefault = byDefault;
        this.listsByRule = listsByRule;
        for (Resource resource : Resource.values()) {
            named.put(
                    resource,
                    NameRules.of(rules.stream()
                            .filter(rule -> rule.resource() == resource)
                            .toList()));
        }
        for (Rule rule : rules) {
            if (!rule.resource().named()) {
                unnamed.merge(rule.resource(), rule.permission(), Permission::merged);
            }
        }
    }

    /** True: nothing need be asked or left out. */
    public boolean unrestricted() {
        return unrestricted;
    }

    /** @param resource one with names */
    public boolean mayRead(Resource resource, String name) {
        return may(resource, name, Permission.READ);
    }

    /** @param resource one with names */
    public boolean mayWrite(Resource resource, String name) {
        return may(resource, name, Permission.WRITE);
    }

    /** @param resource one without names */
    public boolean mayRead(Resource resource) {
        return may(resource, Permission.READ);
    }

    /** @param resource one without names */
    public boolean mayWrite(Resource resource) {
        return may(resource, Permission.WRITE);
    }

    /** True when every key that begins with the prefix may be written. */
    public boolean mayWriteKeysUnder(String prefix) {
        return mayAllUnder(prefix, Permission.WRITE);
    }

    /** True when every key that begins with the prefix may be read: there is nothing to leave out. */
    public boolean mayReadKeysUnder(String prefix) {
        return mayAllUnder(prefix, Permission.READ);
    }

    /** False when no key that begins with the prefix may be read. */
    public boolean mayReadSomeUnder(String prefix) {
        if (unrestricted) {
            return true;
        }
        NameRules keys = rulesOf(Resource.KEY);
        return granted(keys.ofPrefix(prefix), Permission.READ)
                || keys.anyUnder(prefix, permission -> permission.grants(Permission.READ));
    }

    private boolean mayAllUnder(String prefix, Permission needed) {
        if (unrestricted) {
            return true;
        }
        NameRules keys = rulesOf(Resource.KEY);
        return granted(keys.ofPrefix(prefix), needed)
                && !keys.anyUnder(prefix, permission -> !permission.grants(needed));
    }

    private boolean may(Resource resource, String name, Permission needed) {
        return unrestricted || granted(rulesOf(resource).of(resource.folded(name)), needed);
    }

    private NameRules rulesOf(Resource resource) {
        NameRules rules = named.get(resource);
        return rules == null ? NameRules.NONE : rules;
    }

    private boolean granted(@Nullable Permission permission, Permission needed) {
        return permission == null ? byDefault : permission.grants(needed);
    }

    private boolean may(Resource resource, Permission needed) {
        if (unrestricted) {
            return true;
        }
        Permission permission = unnamed.get(resource);
        return permission != null && permission.grants(needed);
    }

    // ---- what of the catalog may be seen

    public boolean maySee(NodeEntry node) {
        return mayRead(Resource.NODE, node.name());
    }

    public boolean maySee(ServiceEntry service) {
        return mayRead(Resource.SERVICE, service.name());
    }

    /** The node and the service. */
    public boolean maySee(ServiceInstance instance) {
        return maySee(instance.node()) && maySee(instance.service());
    }

    /** The node, and the service if it is a service's. */
    public boolean maySee(CheckEntry check) {
        return mayRead(Resource.NODE, check.node())
                && (check.serviceName().isEmpty() || mayRead(Resource.SERVICE, check.serviceName()));
    }

    public boolean maySee(SessionEntry session) {
        return mayRead(Resource.SESSION, session.node());
    }

    // ---- the same as demands

    /** @throws AccessException if not allowed; likewise the others */
    public void requireRead(Resource resource, String name) {
        require(mayRead(resource, name));
    }

    public void requireWrite(Resource resource, String name) {
        require(mayWrite(resource, name));
    }

    public void requireRead(Resource resource) {
        require(resource, Permission.READ);
    }

    public void requireWrite(Resource resource) {
        require(resource, Permission.WRITE);
    }

    /** @param resource one without names */
    public void require(Resource resource, Permission needed) {
        require(may(resource, needed));
    }

    /** To ask for the keys under a prefix at all; which of them are seen is another matter. */
    public void requireListKeys(String prefix) {
        require(!listsByRule || may(Resource.KEY, prefix, Permission.LIST));
    }

    /** To follow the keys under a prefix: there must be some to be seen. */
    public void requireReadSomeUnder(String prefix) {
        requireListKeys(prefix);
        require(mayReadSomeUnder(prefix));
    }

    public void requireWriteKeysUnder(String prefix) {
        require(mayWriteKeysUnder(prefix));
    }

    private static void require(boolean allowed) {
        if (!allowed) {
            throw AccessException.denied();
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Authorizer that && byDefault == that.byDefault && identity.equals(that.identity);
    }

    @Override
    public int hashCode() {
        return identity.hashCode();
    }

    /** Which policies it stands for; no secrets. */
    @Override
    public String toString() {
        return "Authorizer[" + identity + ", default=" + (byDefault ? "allow" : "deny") + "]";
    }
}
