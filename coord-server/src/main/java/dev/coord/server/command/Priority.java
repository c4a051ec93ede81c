package dev.coord.server.command;

/** Whose turn it is when more is to be written than can be: the first goes first. */
public enum Priority {
    /** The cluster itself: who it is, who is part of it, and what takes a feature back. */
    CONTROL,
    /** Who is alive: sessions and the health of what is registered. What comes late here looks like a death. */
    LIVENESS,
    /** What clients write. */
    NORMAL,
    /** What nobody waits for closely: pieces of a restore, coordinates. */
    BULK;

    /** Of a command, whoever proposes it. */
    public static Priority of(Command command) {
        if (command instanceof Command.InitCluster
                || command instanceof Command.SetAutopilot
                || command instanceof Command.ChangeRollout) {
            return CONTROL;
        }
        if (command instanceof Command.CreateSession
                || command instanceof Command.DestroySession
                || command instanceof Command.UpdateCheck
                || (command instanceof Command.Register register && isHealth(register))) {
            return LIVENESS;
        }
        if (command instanceof Command.RestoreChunk || command instanceof Command.UpdateCoordinates) {
            return BULK;
        }
        return NORMAL;
    }

    /** As agents report the health of what is registered: checks, and nothing else that would be new. */
    private static boolean isHealth(Command.Register register) {
        return register.service() == null && !register.checks().isEmpty();
    }
}
