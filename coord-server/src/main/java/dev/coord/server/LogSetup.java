package dev.coord.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import dev.coord.server.http.JsonLines;
import dev.coord.server.logging.LogFile;
import dev.coord.server.logging.LogOptions;
import dev.coord.server.logging.RotatedFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.LoggerFactory;

/**
 * Logging without a file to parse, which would cost a tenth of a second at start: one line an event, to standard error.
 * Libraries speak from warnings on. Found by Logback through {@code META-INF/services}.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {

    private static final String CONSOLE = "stderr";
    private static final String FILE = "file";
    private static final String OURS = "dev.coord";
    /** Libraries that say in warnings what is our business to say, or nothing worth a line. */
    private static final List<String> QUIET = List.of("com.alipay.sofa", "io.netty", "io.grpc", "io.vertx");
    /** They log a dead peer as an error 16 times a second; lines of ours say when peers come and go. */
    private static final List<String> SILENT = List.of(
            "com.alipay.sofa.jraft.core.Replicator",
            "com.alipay.sofa.jraft.core.ReplicatorGroupImpl",
            "com.alipay.sofa.jraft.rpc.impl.AbstractClientService");

    /** It logs by means of the JDK, and a stack trace for every client that speaks no HTTP/2. Held, or it would be forgotten. */
    private static final java.util.logging.Logger GRPC = java.util.logging.Logger.getLogger("io.grpc");

    /** For Logback's service loader. */
    public LogSetup() {}

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(context);
        console.setName(CONSOLE);
        console.setTarget("System.err");
        console.setEncoder(text(context));
        console.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        root.addAppender(console);
        QUIET.forEach(name -> context.getLogger(name).setLevel(Level.ERROR));
        GRPC.setLevel(java.util.logging.Level.SEVERE);
        SILENT.forEach(name -> context.getLogger(name).setLevel(Level.OFF));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    private static Encoder<ILoggingEvent> text(LoggerContext context) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0}: %msg%n%ex{6}");
        encoder.start();
        return encoder;
    }

    /** One JSON object a line, under the names that Consul's have. */
    private static Encoder<ILoggingEvent> json(LoggerContext context) {
        JsonLines encoder = new JsonLines();
        encoder.setContext(context);
        encoder.start();
        return encoder;
    }

    /**
     * Logs as the configuration wants it, from now on. Once for a process.
     *
     * @throws StartupException when the log's file can't be written
     */
    public static void apply(ServerConfig config) {
        LogOptions options = config.logging();
        level(options.level());
        if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
            return;
        }
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        if (options.json() && root.getAppender(CONSOLE) instanceof ConsoleAppender<ILoggingEvent> console) {
            console.setEncoder(json(context));
        }
        Path path = options.file();
        if (path != null) {
            LogFile file = new LogFile(opened(path, options), options.json() ? json(context) : text(context));
            file.setContext(context);
            file.setName(FILE);
            file.start();
            root.addAppender(file);
        }
    }

    private static RotatedFile opened(Path path, LogOptions options) {
        try {
            return new RotatedFile(path, options.rotation(), InstantSource.system());
        } catch (IOException e) {
            throw new StartupException(ExitCode.CONFIG, "log_file " + path + " can't be written: " + e.getMessage(), e);
        }
    }

    /**
     * Sets how much Coord itself logs; libraries follow only below info.
     *
     * @param level trace, debug, info, warn or error
     */
    public static void level(String level) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            Level wanted = Level.toLevel(level, Level.INFO);
            context.getLogger(OURS).setLevel(wanted);
            if (Level.INFO.isGreaterOrEqual(wanted) && wanted != Level.INFO) {
                QUIET.forEach(name -> context.getLogger(name).setLevel(Level.INFO));
            }
        }
    }
}
