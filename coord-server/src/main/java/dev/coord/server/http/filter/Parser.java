package dev.coord.server.http.filter;

import dev.coord.server.http.filter.Match.Operator;
import dev.coord.server.http.filter.Token.Kind;
import java.util.function.Predicate;

/** By recursive descent: {@code or} binds weakest, then {@code and}, then {@code not}. Used once. */
final class Parser<T> {

    /** How deep {@code not} and parentheses may be nested. */
    private static final int DEPTH_MAX = 64;

    private final Tokens tokens;
    private final Fields<T> fields;
    private int depth;

    Parser(Tokens tokens, Fields<T> fields) {
        this.tokens = tokens;
        this.fields = fields;
    }

    Predicate<T> parse() {
        Predicate<T> expression = or();
        if (tokens.peek().kind() != Kind.END) {
            throw tokens.peek().unexpected("\"and\", \"or\" or the end");
        }
        return expression;
    }

    private Predicate<T> or() {
        Predicate<T> left = and();
        while (tokens.peek().isWord("or")) {
            tokens.take();
            left = left.or(and());
        }
        return left;
    }

    private Predicate<T> and() {
        Predicate<T> left = not();
        while (tokens.peek().isWord("and")) {
            tokens.take();
            left = left.and(not());
        }
        return left;
    }

    private Predicate<T> not() {
        if (++depth > DEPTH_MAX) {
            throw new FilterException("the expression is nested deeper than " + DEPTH_MAX);
        }
        Predicate<T> expression;
        if (tokens.peek().isWord("not")) {
            tokens.take();
            expression = not().negate();
        } else if (tokens.peek().isSymbol("(")) {
            tokens.take();
            expression = or();
            Token close = tokens.take();
            if (!close.isSymbol(")")) {
                throw close.unexpected("\")\"");
            }
        } else {
            expression = match();
        }
        depth--;
        return expression;
    }

    private Predicate<T> match() {
        Token left = tokens.take();
        if (left.kind() != Kind.WORD && left.kind() != Kind.VALUE) {
            throw left.unexpected("a selector or a value");
        }
        Token operator = tokens.take();
        if (operator.isWord("is")) {
            boolean negated = takenNot();
            Token empty = tokens.take();
            if (!empty.isWord("empty")) {
                throw empty.unexpected("\"empty\"");
            }
            return compile(left, Operator.EMPTY, negated, "");
        }
        if (operator.isSymbol("==") || operator.isSymbol("!=")) {
            return compile(left, Operator.EQUAL, operator.isSymbol("!="), value());
        }
        boolean negated = operator.isWord("not");
        Token verb = negated ? tokens.take() : operator;
        return switch (verb.kind() == Kind.WORD ? verb.text() : "") {
            case "in" -> compile(tokens.take(), Operator.CONTAINS, negated, left.text());
            case "contains" -> compile(left, Operator.CONTAINS, negated, value());
            case "matches" -> compile(left, Operator.MATCHES, negated, value());
            default -> throw verb.unexpected("\"==\", \"!=\", \"contains\", \"in\", \"is\", \"matches\" or \"not\"");
        };
    }

    private boolean takenNot() {
        if (tokens.peek().isWord("not")) {
            tokens.take();
            return true;
        }
        return false;
    }

    private String value() {
        Token value = tokens.take();
        if (value.kind() != Kind.WORD && value.kind() != Kind.VALUE) {
            throw value.unexpected("a value");
        }
        return value.text();
    }

    private Predicate<T> compile(Token selector, Operator operator, boolean negated, String value) {
        if (selector.kind() != Kind.WORD) {
            throw selector.unexpected("a selector");
        }
        return fields.compile(selector.path(), new Match(selector.text(), operator, negated, value));
    }
}
