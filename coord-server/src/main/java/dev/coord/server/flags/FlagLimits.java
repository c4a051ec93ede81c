package dev.coord.server.flags;

import dev.coord.server.command.CommandLimits;

/** What flag definitions are held to; every message that refuses one names its limit. */
public final class FlagLimits {

    /** The longest name of a flag set, characters. */
    public static final int SET_NAME_CHARS_MAX = 128;
    /** The longest name of a flag, of a variant or of an evaluator, characters. */
    public static final int NAME_CHARS_MAX = 256;
    /** The longest name of an author, characters. */
    public static final int AUTHOR_CHARS_MAX = 256;
    /** The most variants of a flag. */
    public static final int VARIANTS_MAX = 200;
    /** How deep objects and arrays of a document may lie in each other. */
    public static final int DEPTH_MAX = 64;
    /** The largest document as it is sent in, with all its spaces, bytes. */
    public static final int REQUEST_BYTES_MAX = 2 * CommandLimits.FLAG_SET_BYTES_MAX;
    /**
     * The largest document with its references to evaluators replaced, bytes: flagd's clients take no message above 4 MiB.
     */
    public static final int RESOLVED_BYTES_MAX = 3 * 1024 * 1024;

    private FlagLimits() {}
}
