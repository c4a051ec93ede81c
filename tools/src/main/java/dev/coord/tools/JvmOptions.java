package dev.coord.tools;

import java.util.ArrayList;
import java.util.List;

/** What a JVM needs to be told to run a server; the launcher says the same. */
final class JvmOptions {

    private static final int FIRST_WITH_NATIVE_ACCESS_WARNINGS = 24;

    private JvmOptions() {}

    static List<String> forServers() {
        List<String> options = new ArrayList<>(List.of(
                "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                // JRaft's messages, which travel on the Raft port alone: the launcher says more.
                "-Dcom.google.protobuf.use_unsafe_pre22_gencode=true"));
        if (Runtime.version().feature() >= FIRST_WITH_NATIVE_ACCESS_WARNINGS) {
            options.add("--enable-native-access=ALL-UNNAMED");
            options.add("--sun-misc-unsafe-memory-access=allow");
        }
        return options;
    }
}
