package dev.coord.server.http;

import java.io.IOException;
import java.nio.file.Path;
import java.text.ParseException;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;

/** A recording of this process by the JDK's flight recorder, with its own events and ours. One thread at a time. */
final class FlightRecording {

    /** Older parts are dropped beyond this; whole chunks, so a file may be somewhat larger. */
    private static final long BYTES_MAX = 16 * 1024 * 1024;

    /** What may hold secrets: variables, properties, command lines. */
    private static final String[] LEFT_OUT = {
        "jdk.InitialEnvironmentVariable", "jdk.InitialSystemProperty", "jdk.JVMInformation", "jdk.SystemProcess"
    };

    /**
     * By SIGUSR2 the JVM halts a thread to look at its stack, and JRaft takes that signal for itself: each sample would have it
     * write a file. The launcher gives the JVM another signal, by this variable; without it there are no samples.
     */
    private static final String SAMPLERS_SIGNAL = "_JAVA_SR_SIGNUM";

    private final Recording recording;

    private FlightRecording(Recording recording) {
        this.recording = recording;
    }

    /** May take a second the first time. */
    static FlightRecording start() throws IOException {
        try {
            Recording recording = new Recording(Configuration.getConfiguration("default"));
            recording.setName("coord debug");
            recording.setMaxSize(BYTES_MAX);
            for (String event : LEFT_OUT) {
                recording.disable(event);
            }
            if (System.getenv(SAMPLERS_SIGNAL) == null) {
                recording.disable("jdk.ExecutionSample");
                recording.disable("jdk.NativeMethodSample");
            }
            recording.start();
            return new FlightRecording(recording);
        } catch (ParseException e) {
            throw new IOException("this JDK's settings of flight recordings can't be read", e);
        }
    }

    /** Stops it; gives a temporary file that the caller deletes. */
    Path end() throws IOException {
        try (Recording ended = recording) {
            ended.stop();
            Path file = ScratchFiles.make(".jfr");
            ended.dump(file);
            return file;
        }
    }
}
