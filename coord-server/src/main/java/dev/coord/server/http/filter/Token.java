package dev.coord.server.http.filter;

import java.util.List;

/**
 * A piece of an expression.
 *
 * @param text of a word as written, of a quoted string without its quotes
 * @param path of a word that can be a selector: its parts; else empty
 * @param position of its first character, counted from 0
 */
record Token(Kind kind, String text, List<String> path, int position) {

    enum Kind {
        /** An identifier, perhaps with parts after dots and in brackets: a selector, a bare value or a keyword. */
        WORD,
        /** A quoted string or a number: a value and nothing else. */
        VALUE,
        /** {@code ==}, {@code !=} or a parenthesis. */
        SYMBOL,
        END
    }

    boolean isWord(String word) {
        return kind == Kind.WORD && text.equals(word);
    }

    boolean isSymbol(String symbol) {
        return kind == Kind.SYMBOL && text.equals(symbol);
    }

    FilterException unexpected(String expected) {
        String found = kind == Kind.END ? "the end" : "\"" + text + "\"";
        return new FilterException(
                "1:" + (position + 1) + " (" + position + "): found " + found + ", expected " + expected);
    }
}
