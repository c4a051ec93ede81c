package dev.coord.server.http.filter;

import dev.coord.server.http.filter.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/** Cuts an expression into tokens, one ahead of its reader. */
final class Tokens {

    private final String text;
    private int at;
    private Token next;

    Tokens(String text) {
        this.text = text;
        this.next = read();
    }

    Token peek() {
        return next;
    }

    Token take() {
        Token taken = next;
        next = read();
        return taken;
    }

    private Token read() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        int start = at;
        if (at == text.length()) {
            return new Token(Kind.END, "", List.of(), start);
        }
        char c = text.charAt(at);
        if (c == '(' || c == ')') {
            at++;
            return new Token(Kind.SYMBOL, String.valueOf(c), List.of(), start);
        }
        if (text.startsWith("==", at) || text.startsWith("!=", at)) {
            at += 2;
            return new Token(Kind.SYMBOL, text.substring(start, at), List.of(), start);
        }
        if (c == '"' || c == '`') {
            return new Token(Kind.VALUE, quoted(), List.of(), start);
        }
        if (isLetter(c)) {
            List<String> path = path();
            return new Token(Kind.WORD, text.substring(start, at), path, start);
        }
        if (c == '-' || isDigit(c)) {
            do {
                at++;
            } while (at < text.length() && (isDigit(text.charAt(at)) || text.charAt(at) == '.'));
            return new Token(Kind.VALUE, text.substring(start, at), List.of(), start);
        }
        throw new FilterException("1:" + (at + 1) + " (" + at + "): no match found for '" + c + "'");
    }

    private List<String> path() {
        List<String> parts = new ArrayList<>();
        parts.add(identifier());
        while (at < text.length()) {
            if (text.charAt(at) == '.' && at + 1 < text.length() && isLetter(text.charAt(at + 1))) {
                at++;
                parts.add(identifier());
            } else if (text.startsWith("[\"", at) || text.startsWith("[`", at)) {
                at++;
                parts.add(quoted());
                if (at == text.length() || text.charAt(at) != ']') {
                    throw new FilterException("1:" + (at + 1) + " (" + at + "): expected \"]\"");
                }
                at++;
            } else {
                break;
            }
        }
        return parts;
    }

    private String identifier() {
        int start = at;
        while (at < text.length()
                && (isLetter(text.charAt(at))
                        || isDigit(text.charAt(at))
                        || text.charAt(at) == '_'
                        || text.charAt(at) == '/')) {
            at++;
        }
        return text.substring(start, at);
    }

    /** Between double quotes a backslash takes the next character as it is; between backquotes nothing does. */
    private String quoted() {
        int start = at;
        char quote = text.charAt(at++);
        StringBuilder value = new StringBuilder();
        while (at < text.length() && text.charAt(at) != quote) {
            if (quote == '"' && text.charAt(at) == '\\' && at + 1 < text.length()) {
                at++;
            }
            value.append(text.charAt(at++));
        }
        if (at == text.length()) {
            throw new FilterException("1:" + (start + 1) + " (" + start + "): the string is not closed");
        }
        at++;
        return value.toString();
    }

    private static boolean isLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
