package dev.coord.server.acl;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What rules speak of. */
public enum Resource {
    KEY(true),
    SERVICE(true),
    NODE(true),
    SESSION(true),
    /** Paths under {@code /v1/agent/}; the name is the node's. */
    AGENT(true),
    EVENT(true),
    /** Prepared queries. */
    QUERY(true),
    /** Feature flags. */
    FLAG(true),
    KEYRING(false),
    /** The cluster itself: its servers, its log, its limits. */
    OPERATOR(false),
    /** Tokens, policies and roles; with write access also snapshots, which hold them. */
    ACL(false);

    private final boolean named;

    Resource(boolean named) {
        this.named = named;
    }

    /** True: rules name instances of it; false: a rule is about all of it. */
    public boolean named() {
        return named;
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
