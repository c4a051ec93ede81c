package dev.coord.tools;

import com.google.protobuf.ByteString;
import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "put", mixinStandardHelpOptions = true, description = "Sets a key.")
final class KvPutCommand implements Callable<Integer> {

    @Mixin
    private HttpConnection http;

    @Parameters(index = "0", paramLabel = "KEY")
    private String key;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "VALUE",
            defaultValue = "",
            description = "Text; @FILE for what is in a file; - for standard input; left out: empty.")
    private String value;

    @Option(
            names = {"--cas", "-cas"},
            description = "Only if the key was changed last in the revision of --modify-index.")
    private boolean cas;

    @Option(
            names = {"--modify-index", "-modify-index"},
            paramLabel = "REVISION",
            description = "For --cas; 0: only if there is no such key.")
    private @Nullable String modifyIndex;

    @Option(
            names = {"--flags", "-flags"},
            paramLabel = "NUMBER",
            description = "A number of yours, without sign, 64 bits.")
    private @Nullable String flags;

    @Option(
            names = {"--base64", "-base64"},
            description = "The value is given in base 64.")
    private boolean base64;

    @Option(
            names = {"--acquire", "-acquire"},
            description = "Take the key's lock for --session.")
    private boolean acquire;

    @Option(
            names = {"--release", "-release"},
            description = "Give the key's lock up, of --session.")
    private boolean release;

    @Option(
            names = {"--session", "-session"},
            paramLabel = "ID",
            description = "For --acquire and --release.")
    private @Nullable String session;

    @Override
    public Integer call() {
        if ((acquire || release) && session == null) {
            throw new StartupException(ExitCode.USAGE, "Missing -session (required with -acquire and -release)");
        }
        String name = key.startsWith("/") ? key.substring(1) : key;
        String path = KvPair.path(name);
        if (flags != null) {
            path = HttpConnection.with(path, "flags", number("-flags", flags));
        }
        if (cas) {
            path = HttpConnection.with(path, "cas", index(modifyIndex));
        }
        if (acquire || release) {
            path = HttpConnection.with(path, acquire ? "acquire" : "release", session);
        }
        byte[] bytes = value();
        boolean written = Boolean.parseBoolean(
                http.call("PUT", path, Buffer.buffer(bytes)).orFail().text().strip());
        if (!written) {
            throw new StartupException(ExitCode.FAILED, "Did not write to " + name + ": " + why());
        }
        return Console.say(
                http.json()
                        ? new JsonText()
                                .object()
                                .put("key", name)
                                .put("applied", true)
                                .end()
                                .toString()
                        : "Success! "
                                + (acquire
                                        ? "Lock acquired on: "
                                        : release ? "Lock released on: " : "Data written to: ")
                                + name);
    }

    private String why() {
        if (acquire) {
            return "Could not acquire lock";
        }
        return release ? "Could not release lock" : "CAS failed";
    }

    private byte[] value() {
        ByteString given = ValueArgument.read(value);
        if (!base64) {
            return given.toByteArray();
        }
        try {
            return Base64.getMimeDecoder().decode(checked(given.toString(StandardCharsets.ISO_8859_1)));
        } catch (IllegalArgumentException e) {
            throw new StartupException(ExitCode.USAGE, "Cannot base 64 decode data: " + e.getMessage(), e);
        }
    }

    /** The lenient decoder knows lines, and also passes over what is no base 64. */
    private static String checked(String text) {
        if (!text.matches("[A-Za-z0-9+/=\\s]*")) {
            throw new IllegalArgumentException("there is a character that is none of base 64's");
        }
        return text;
    }

    /** What -cas needs. */
    static String index(@Nullable String modifyIndex) {
        if (modifyIndex == null) {
            throw new StartupException(ExitCode.USAGE, "Must specify -modify-index with -cas!");
        }
        return number("-modify-index", modifyIndex);
    }

    private static String number(String option, String text) {
        try {
            return Long.toUnsignedString(Long.parseUnsignedLong(text));
        } catch (NumberFormatException e) {
            throw new StartupException(ExitCode.USAGE, option + " " + text + ": no number from 0 to 2^64-1", e);
        }
    }
}
