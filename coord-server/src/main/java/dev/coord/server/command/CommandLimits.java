package dev.coord.server.command;

/** The sizes that commands are held to; every message that refuses one names its limit. */
public final class CommandLimits {

    /** The largest value of a key, bytes. */
    public static final int VALUE_BYTES_MAX = 512 * 1024;
    /** The longest key, bytes of UTF-8. */
    public static final int KEY_BYTES_MAX = 16 * 1024;
    /** The longest name or id of a node, service or check, bytes of UTF-8. */
    public static final int NAME_BYTES_MAX = 1024;
    /** The longest output of a check that is kept, bytes. */
    public static final int CHECK_OUTPUT_BYTES_MAX = 4 * 1024;
    /** The most metadata pairs of a node or service. */
    public static final int META_PAIRS_MAX = 64;
    /** The longest metadata key, characters. */
    public static final int META_KEY_CHARS_MAX = 128;
    /** The longest metadata value, characters. */
    public static final int META_VALUE_CHARS_MAX = 512;
    /** The shortest TTL of a session, milliseconds. */
    public static final long SESSION_TTL_MILLIS_MIN = 10_000;
    /** The longest TTL of a session, milliseconds. */
    public static final long SESSION_TTL_MILLIS_MAX = 86_400_000;
    /** The lock delay of a session that was created without one, milliseconds. */
    public static final long LOCK_DELAY_MILLIS_DEFAULT = 15_000;
    /** The longest lock delay that is honoured, milliseconds; a session may ask for more, as in Consul, and gets this. */
    public static final long LOCK_DELAY_MILLIS_MAX = 60_000;
    /** The largest encoded command, bytes. */
    public static final int COMMAND_BYTES_MAX = 2 * 1024 * 1024;

    private CommandLimits() {}
}
