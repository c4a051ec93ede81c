package dev.coord.server.http;

/** Text that came from a client, on its way into a header. */
final class HeaderText {

    private HeaderText() {}

    /** With a question mark for whatever a header can't carry: control characters, above all line breaks, and non-ASCII. */
    static String safe(String text) {
        StringBuilder safe = new StringBuilder(text.length());
        text.chars().forEach(c -> safe.append(c >= ' ' && c < 0x7f ? (char) c : '?'));
        return safe.toString();
    }
}
