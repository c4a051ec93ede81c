package dev.coord.server.limits;

import dev.coord.server.command.CommandLimits;

/**
 * The numbers of the limits, checked. Immutable.
 *
 * @param connectionsMax open HTTP connections of all clients
 * @param connectionsPerClientMax open HTTP connections from one address; 0: as many as there may be
 * @param valueBytesMax the largest value of a key over HTTP
 * @param txnBytesMax the largest body of a transaction over HTTP
 * @param mode what happens beyond the rates
 * @param readRate reads a second, of all clients; below 0: as many as come
 * @param writeRate writes a second, of all clients; below 0: as many as come
 * @param waitingRoom how those who watch are let back in
 */
public record LimitSettings(
        int connectionsMax,
        int connectionsPerClientMax,
        int valueBytesMax,
        int txnBytesMax,
        Mode mode,
        double readRate,
        double writeRate,
        WaitingRoom.Settings waitingRoom) {

    /** Connections when nothing else is said. */
    public static final int CONNECTIONS_MAX_DEFAULT = 20_000;
    /** The largest body of a transaction when nothing else is said, bytes: what the largest value takes as JSON, and more. */
    public static final int TXN_BYTES_MAX_DEFAULT = 1024 * 1024;

    /** What happens to a request beyond its rate. */
    public enum Mode {
        /** Nothing is counted. */
        DISABLED,
        /** It is counted, and served. */
        PERMISSIVE,
        /** It is counted, and refused. */
        ENFORCING
    }

    public static LimitSettings defaults() {
        return new LimitSettings(
                CONNECTIONS_MAX_DEFAULT,
                0,
                CommandLimits.VALUE_BYTES_MAX,
                TXN_BYTES_MAX_DEFAULT,
                Mode.DISABLED,
                -1,
                -1,
                WaitingRoom.Settings.defaults());
    }

    public LimitSettings withConnectionsMax(int max) {
        return new LimitSettings(
                max, connectionsPerClientMax, valueBytesMax, txnBytesMax, mode, readRate, writeRate, waitingRoom);
    }
}
