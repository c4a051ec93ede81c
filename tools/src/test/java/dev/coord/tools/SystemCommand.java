package dev.coord.tools;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Commands of the system that tests need: mounts, signals. */
final class SystemCommand {

    private static final int SECONDS_MAX = 30;

    private SystemCommand() {}

    /** True: it ended well within 30 s. False also where there is no such command, or no right to it. */
    static boolean tried(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(SECONDS_MAX, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false; // no such command
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** @throws AssertionError when it did not end well */
    static void done(String... command) {
        if (!tried(command)) {
            throw new AssertionError("failed: " + String.join(" ", command));
        }
    }
}
