package dev.coord.server;

/** What the exit status of a {@code coord} process means. Scripts rely on the numbers: they never change. */
public enum ExitCode {
    /** Done, or stopped as asked. */
    OK(0),
    /** A request was refused or could not be answered. */
    FAILED(1),
    /** The command line can't be understood. */
    USAGE(2),
    /** A configuration file or a value in it can't be used. */
    CONFIG(3),
    /** An address to listen on is taken or not this machine's. */
    ADDRESS(4),
    /** The data directory can't be used: not writable, in use, damaged, another cluster's. */
    DATA_DIR(5),
    /** A running server had to stop: its log failed, for instance. */
    FATAL(6),
    /** A server could not be reached. */
    UNREACHABLE(7),
    /** A log was read and found damaged, or different from the copy that it was compared with. */
    DAMAGED(8),
    /** Done in part: what was left out is said. */
    PARTIAL(9);

    private final int status;

    ExitCode(int status) {
        this.status = status;
    }

    public int status() {
        return status;
    }
}
