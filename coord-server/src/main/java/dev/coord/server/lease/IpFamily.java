package dev.coord.server.lease;

import java.util.Optional;
import java.util.regex.Pattern;

/** Which kind of address a text is. Asks no resolver. */
public enum IpFamily {
    IPV4,
    IPV6;

    private static final Pattern V4 = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");
    private static final Pattern V6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    /** Empty for a host name. */
    public static Optional<IpFamily> of(String address) {
        if (V4.matcher(address).matches()) {
            return Optional.of(IPV4);
        }
        return V6.matcher(address).matches() ? Optional.of(IPV6) : Optional.empty();
    }

    /** As in the names of tagged addresses. */
    public String text() {
        return this == IPV4 ? "ipv4" : "ipv6";
    }
}
