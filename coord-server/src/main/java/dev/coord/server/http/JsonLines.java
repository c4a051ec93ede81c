package dev.coord.server.http;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * One JSON object a line for each event: {@code @timestamp}, {@code @level}, {@code @module} and {@code @message} as Consul
 * writes them, then {@code thread}, and {@code error} with the stack trace where there is one. Safe from any thread.
 */
public final class JsonLines extends EncoderBase<ILoggingEvent> {

    private static final byte[] NOTHING = {};
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX").withZone(ZoneOffset.UTC);
    /** As Consul names its parts: without the name of the organisation. */
    private static final String OURS = "dev.coord.";

    private final JsonFactory factory = new JsonFactory();
    private final ThrowableProxyConverter stackTraces = new ThrowableProxyConverter();

    @Override
    public void start() {
        stackTraces.start();
        super.start();
    }

    @Override
    public byte[] headerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] footerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = factory.createGenerator(out)) {
            String logger = event.getLoggerName();
            json.writeStartObject();
            json.writeStringField("@timestamp", TIME.format(Instant.ofEpochMilli(event.getTimeStamp())));
            json.writeStringField("@level", event.getLevel().toString().toLowerCase(Locale.ROOT));
            json.writeStringField("@module", logger.startsWith(OURS) ? logger.substring(OURS.length()) : logger);
            json.writeStringField("@message", event.getFormattedMessage());
            json.writeStringField("thread", event.getThreadName());
            if (event.getThrowableProxy() != null) {
                json.writeStringField("error", stackTraces.convert(event));
            }
            json.writeEndObject();
            json.writeRaw('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
