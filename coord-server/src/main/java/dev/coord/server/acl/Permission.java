package dev.coord.server.acl;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a rule grants. Each one but {@link #DENY} includes those before it. */
public enum Permission {
    DENY,
    READ,
    /** To see all keys under a prefix; for keys alone. */
    LIST,
    WRITE;

    boolean grants(Permission needed) {
        return this != DENY && compareTo(needed) >= 0;
    }

    /** Of two rules about the same thing in several policies of a token: a denial wins, else the one that grants more. */
    Permission merged(Permission other) {
        if (this == DENY || other == DENY) {
            return DENY;
        }
        return compareTo(other) >= 0 ? this : other;
    }

    /** As rules are written. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Permission> of(String text) {
        return Arrays.stream(values())
                .filter(permission -> permission.text().equals(text))
                .findFirst();
    }
}
