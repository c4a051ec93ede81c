package dev.coord.server.state;

import java.util.Comparator;

/**
 * Orders strings as their UTF-8 bytes would be ordered, without encoding them. Java's own order differs from it where a
 * surrogate pair meets a character from U+E000 to U+FFFF: the pair stands for a higher character but has lower units.
 */
enum Utf8Order implements Comparator<String> {
    INSTANCE;

    @Override
    public int compare(String a, String b) {
        int common = Math.min(a.length(), b.length());
        for (int i = 0; i < common; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                return rank(x) - rank(y);
            }
        }
        return a.length() - b.length();
    }

    private static int rank(char unit) {
        return Character.isSurrogate(unit) ? unit + Character.MAX_VALUE : unit;
    }
}
