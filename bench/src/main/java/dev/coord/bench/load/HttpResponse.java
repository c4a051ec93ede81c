package dev.coord.bench.load;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * Reads one HTTP/1.1 response after another from a connection, with a body of known length or in chunks. Used by one
 * thread.
 */
final class HttpResponse {

    private static final int HEAD_BYTES_MAX = 64 * 1024;

    private byte[] bytes = new byte[4096];
    private int length;
    private int status;
    private byte[] body = new byte[0];
    private String headers = "";

    /** Takes bytes that arrived. */
    void add(byte[] source, int count) {
        if (length + count > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + count));
        }
        System.arraycopy(source, 0, bytes, length, count);
        length += count;
    }

    /** True when a whole response is here: it is then in {@link #status} and {@link #body}, and the next can begin. */
    boolean complete() {
        int head = indexOfBlankLine();
        if (head < 0) {
            if (length > HEAD_BYTES_MAX) {
                throw new IllegalStateException("response head is over " + HEAD_BYTES_MAX + " bytes");
            }
            return false;
        }
        String text = new String(bytes, 0, head, StandardCharsets.ISO_8859_1);
        status = Integer.parseInt(text.substring(9, 12));
        String lower = text.toLowerCase(Locale.ROOT);
        headers = lower;
        int bodyStart = head + 4;
        if (lower.contains("\r\ntransfer-encoding: chunked")) {
            return completeChunked(bodyStart);
        }
        int at = lower.indexOf("\r\ncontent-length:");
        int bodyLength = 0;
        if (at >= 0) {
            int end = lower.indexOf('\r', at + 2);
            bodyLength = Integer.parseInt(
                    lower.substring(at + 17, end < 0 ? lower.length() : end).strip());
        }
        if (length < bodyStart + bodyLength) {
            return false;
        }
        body = Arrays.copyOfRange(bytes, bodyStart, bodyStart + bodyLength);
        consume(bodyStart + bodyLength);
        return true;
    }

    private boolean completeChunked(int bodyStart) {
        int at = bodyStart;
        byte[] whole = new byte[0];
        while (true) {
            int lineEnd = indexOfLineEnd(at);
            if (lineEnd < 0) {
                return false;
            }
            int size = Integer.parseInt(new String(bytes, at, lineEnd - at, StandardCharsets.ISO_8859_1).strip(), 16);
            int dataStart = lineEnd + 2;
            if (length < dataStart + size + 2) {
                return false;
            }
            if (size == 0) {
                body = whole;
                consume(dataStart + 2);
                return true;
            }
            int before = whole.length;
            whole = Arrays.copyOf(whole, before + size);
            System.arraycopy(bytes, dataStart, whole, before, size);
            at = dataStart + size + 2;
        }
    }

    private void consume(int count) {
        System.arraycopy(bytes, count, bytes, 0, length - count);
        length -= count;
    }

    private int indexOfBlankLine() {
        for (int i = 0; i + 3 < length; i++) {
            if (bytes[i] == '\r' && bytes[i + 1] == '\n' && bytes[i + 2] == '\r' && bytes[i + 3] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private int indexOfLineEnd(int from) {
        for (int i = from; i + 1 < length; i++) {
            if (bytes[i] == '\r' && bytes[i + 1] == '\n') {
                return i;
            }
        }
        return -1;
    }

    int status() {
        return status;
    }

    /** The value of {@code X-Consul-Index}; 0: there was none. */
    long index() {
        return number("x-consul-index");
    }

    /** The value of {@code Retry-After}; 0: there was none. */
    long retryAfterSeconds() {
        return number("retry-after");
    }

    private long number(String header) {
        String begin = "\r\n" + header + ":";
        int at = headers.indexOf(begin);
        if (at < 0) {
            return 0;
        }
        int end = headers.indexOf('\r', at + 2);
        return Long.parseLong(headers.substring(at + begin.length(), end < 0 ? headers.length() : end)
                .strip());
    }

    byte[] body() {
        return body;
    }
}
