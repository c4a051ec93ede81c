package dev.coord.server.acl;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What rules speak of. */
public enum Resource {
    KEY(Names.EXACT),
    SERVICE(Names.ANY_CASE),
    NODE(Names.ANY_CASE),
    /** The name is the node's. */
    SESSION(Names.ANY_CASE),
    /** Paths under {@code /v1/agent/}; the name is the node's. */
    AGENT(Names.ANY_CASE),
    EVENT(Names.EXACT),
    /** Prepared queries. */
    QUERY(Names.EXACT),
    /** Feature flags. */
    FLAG(Names.EXACT),
    KEYRING(Names.NONE),
    /** The cluster itself: its servers, its log, its limits. */
    OPERATOR(Names.NONE),
    /** Tokens, policies and roles; with write access also snapshots, which hold them. */
    ACL(Names.NONE);

    private enum Names {
        NONE,
        EXACT,
        /** As the catalog has them: a rule must not be got round by writing a name otherwise. */
        ANY_CASE
    }

    private final Names names;

    Resource(Names names) {
        this.names = names;
    }

    /** True: rules name instances of it; false: a rule is about all of it. */
    public boolean named() {
        return names != Names.NONE;
    }

    /** A name as rules and questions are compared. */
    String folded(String name) {
        return names == Names.ANY_CASE ? name.toLowerCase(Locale.ROOT) : name;
    }

    /** As rules are written. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Resource> of(String text) {
        return Arrays.stream(values())
                .filter(resource -> resource.text().equals(text))
                .findFirst();
    }
}
