package dev.coord.server.hcl;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the configuration dialect of HCL: {@code key = value}, {@code block { ... }}, lists, maps, comments, heredocs; and
 * JSON, a body in braces. Blocks of one name become a list when there are several. Numbers become Long or Double. Nothing is
 * evaluated: {@code ${...}} is text. Used by one thread, once.
 */
public final class HclParser {

    /** How deep blocks and lists may nest; more is refused, so that a file can't exhaust the stack. */
    private static final int DEPTH_MAX = 64;

    private final String text;
    private int at;
    private int depth;

    public HclParser(String text) {
        this.text = text;
    }

    /** @throws IllegalArgumentException with line and column, when this is not HCL */
    public Map<String, Object> parse() {
        skipBlank();
        boolean braced = peek('{');
        if (braced) {
            at++;
        }
        Map<String, Object> body = body(braced);
        skipBlank();
        if (at < text.length()) {
            throw error("unexpected '" + text.charAt(at) + "'");
        }
        return body;
    }

    private Map<String, Object> body(boolean nested) {
        if (++depth > DEPTH_MAX) {
            throw error("blocks nest deeper than " + DEPTH_MAX);
        }
        Map<String, Object> entries = new LinkedHashMap<>();
        while (true) {
            skipBlank();
            if (at == text.length()) {
                if (nested) {
                    throw error("a '}' is missing");
                }
                break;
            }
            if (text.charAt(at) == '}' && nested) {
                at++;
                break;
            }
            entry(entries);
            skipBlank();
            if (peek(',')) {
                at++;
            }
        }
        depth--;
        return entries;
    }

    private void entry(Map<String, Object> entries) {
        String key = key();
        skipBlank();
        if (peek('=') || peek(':')) {
            at++;
            if (entries.put(key, value()) != null) {
                throw error("key \"" + key + "\" is given twice");
            }
            return;
        }
        List<String> labels = new ArrayList<>();
        while (!peek('{')) {
            if (!peek('"')) {
                throw error("expected '=' or '{' after \"" + key + "\"");
            }
            labels.add(quoted());
            skipBlank();
        }
        at++;
        Map<String, Object> block = body(true);
        for (int i = labels.size() - 1; i >= 0; i--) {
            Map<String, Object> labelled = new LinkedHashMap<>();
            labelled.put(labels.get(i), block);
            block = labelled;
        }
        addBlock(entries, key, block);
    }

    private void addBlock(Map<String, Object> entries, String key, Map<String, Object> block) {
        Object before = entries.get(key);
        if (before == null) {
            entries.put(key, block);
            return;
        }
        List<Object> all = new ArrayList<>();
        if (before instanceof List<?> list) {
            all.addAll(list);
        } else if (before instanceof Map<?, ?>) {
            all.add(before);
        } else {
            throw error("key \"" + key + "\" is given as a value and as a block");
        }
        all.add(block);
        entries.put(key, all);
    }

    private Object value() {
        skipBlank();
        if (at == text.length()) {
            throw error("a value is missing");
        }
        char c = text.charAt(at);
        if (c == '"') {
            return quoted();
        }
        if (c == '{') {
            at++;
            return body(true);
        }
        if (c == '[') {
            at++;
            return list();
        }
        if (text.startsWith("<<", at)) {
            return heredoc();
        }
        return bare();
    }

    private List<Object> list() {
        if (++depth > DEPTH_MAX) {
            throw error("lists nest deeper than " + DEPTH_MAX);
        }
        List<Object> items = new ArrayList<>();
        skipBlank();
        while (!peek(']')) {
            items.add(value());
            skipBlank();
            if (peek(',')) {
                at++;
                skipBlank();
            } else if (!peek(']')) {
                throw error("expected ',' or ']'");
            }
        }
        at++;
        depth--;
        return items;
    }

    private Object bare() {
        String word = word();
        if (word.equals("true") || word.equals("false")) {
            return Boolean.valueOf(word);
        }
        try {
            if (word.matches("[+-]?\\d+")) {
                return Long.valueOf(word);
            }
            if (word.matches("[+-]?\\d[\\d.]*([eE][+-]?\\d+)?")) {
                return Double.valueOf(word);
            }
        } catch (NumberFormatException e) {
            throw error("number " + word + " is out of range");
        }
        throw error("\"" + word + "\" is no value: text needs double quotes");
    }

    private String key() {
        return peek('"') ? quoted() : word();
    }

    private String word() {
        int start = at;
        while (at < text.length() && isWord(text.charAt(at))) {
            at++;
        }
        if (at == start) {
            throw error(at == text.length() ? "unexpected end" : "unexpected '" + text.charAt(at) + "'");
        }
        return text.substring(start, at);
    }

    private static boolean isWord(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '-' || c == '.' || c == '+';
    }

    private String quoted() {
        StringBuilder out = new StringBuilder();
        at++;
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return out.toString();
            }
            if (c == '\n') {
                at--;
                throw error("the text is not closed with '\"' on its line");
            }
            out.append(c == '\\' ? escaped() : c);
        }
        throw error("the text is not closed with '\"'");
    }

    private char escaped() {
        if (at == text.length()) {
            throw error("the text is not closed with '\"'");
        }
        char c = text.charAt(at++);
        return switch (c) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case '"', '\\', '/' -> c;
            case 'u' -> unicode();
            default -> throw error("unknown escape \\" + c);
        };
    }

    private char unicode() {
        int end = at + 4;
        if (end > text.length()) {
            throw error("\\u needs four digits");
        }
        try {
            char c = (char) Integer.parseInt(text.substring(at, end), 16);
            at = end;
            return c;
        } catch (NumberFormatException e) {
            throw error("\\u needs four hexadecimal digits");
        }
    }

    private String heredoc() {
        at += 2;
        boolean indented = peek('-');
        if (indented) {
            at++;
        }
        String mark = word();
        int lineEnd = text.indexOf('\n', at);
        StringBuilder out = new StringBuilder();
        while (lineEnd >= 0) {
            at = lineEnd + 1;
            lineEnd = text.indexOf('\n', at);
            String line = lineEnd < 0 ? text.substring(at) : text.substring(at, lineEnd);
            if (line.strip().equals(mark)) {
                at += line.length();
                return out.toString();
            }
            out.append(indented ? line.stripLeading() : line).append('\n');
        }
        throw error("the heredoc is not closed with " + mark);
    }

    private boolean peek(char c) {
        return at < text.length() && text.charAt(at) == c;
    }

    private void skipBlank() {
        while (at < text.length()) {
            if (Character.isWhitespace(text.charAt(at))) {
                at++;
            } else if (peek('#') || text.startsWith("//", at)) {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end;
            } else if (text.startsWith("/*", at)) {
                int end = text.indexOf("*/", at + 2);
                if (end < 0) {
                    throw error("the comment is not closed with '*/'");
                }
                at = end + 2;
            } else {
                return;
            }
        }
    }

    private IllegalArgumentException error(String what) {
        int line = 1;
        int column = 1;
        for (int i = 0; i < at && i < text.length(); i++) {
            if (text.charAt(i) == '\n') {
                line++;
                column = 1;
            } else {
                column++;
            }
        }
        return new IllegalArgumentException("line " + line + ", column " + column + ": " + what);
    }
}
