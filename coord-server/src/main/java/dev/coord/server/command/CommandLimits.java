package dev.coord.server.command;

/** The sizes that commands are held to; every message that refuses one names its limit. */
public final class CommandLimits {

    /** The largest value of a key unless the configuration allows more, bytes. */
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
    /** The most flag sets. */
    public static final int FLAG_SETS_MAX = 1_000;
    /** The most flags in a set. */
    public static final int FLAGS_MAX = 5_000;
    /** The largest flag set as a flagd document without needless spaces, bytes. */
    public static final int FLAG_SET_BYTES_MAX = 1024 * 1024;
    /** About the most that the definitions of all flag sets take, characters. */
    public static final long FLAG_CHARS_MAX = 64L * 1024 * 1024;
    /** The largest encoded command, bytes. */
    public static final int COMMAND_BYTES_MAX = 2 * 1024 * 1024;
    /** The longest rules of one policy, characters. */
    public static final int ACL_RULES_CHARS_MAX = 256 * 1024;
    /** The longest description of a token, policy or role, characters. */
    public static final int ACL_DESCRIPTION_CHARS_MAX = 4 * 1024;
    /** The longest secret of a token, characters. */
    public static final int ACL_SECRET_CHARS_MAX = 256;
    /** The most policies, roles or identities that one token or role may have, and datacenters of a policy. */
    public static final int ACL_LINKS_MAX = 256;

    /** The most operations of a transaction. */
    public static final int TXN_OPS_MAX = 64;
    /** The most that a transaction's answer may hold, bytes. */
    public static final int TXN_RESULT_BYTES_MAX = 8 * 1024 * 1024;
    /** The largest prepared query, bytes. */
    public static final int QUERY_BYTES_MAX = 64 * 1024;
    /** The most prepared queries. */
    public static final int QUERIES_MAX = 10_000;
    /** The largest user event with its name and filters, bytes. */
    public static final int EVENT_BYTES_MAX = 16 * 1024;
    /** How many user events are kept; beyond it the oldest goes. */
    public static final int EVENTS_MAX = 256;
    /** How many dimensions a network coordinate has. */
    public static final int COORDINATE_DIMENSIONS = 8;
    /** The most coordinates of one node, each of another segment. */
    public static final int COORDINATE_SEGMENTS_MAX = 64;
    /** A piece of a snapshot to restore, bytes. */
    public static final int RESTORE_CHUNK_BYTES_MAX = 1024 * 1024;
    /** The largest snapshot that is restored, bytes. */
    public static final long RESTORE_BYTES_MAX = 1024L * 1024 * 1024;
    /** The largest value that can be allowed, bytes: with its key it must fit into one command. */
    public static final int VALUE_BYTES_CEILING = COMMAND_BYTES_MAX - 64 * 1024;

    private CommandLimits() {}
}
