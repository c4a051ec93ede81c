package dev.coord.server.http;

import java.util.ArrayDeque;
import java.util.Deque;

/** The one way to write a path: no empty segments, no {@code .} and no {@code ..}; a trailing slash stays. */
final class CleanPath {

    private CleanPath() {}

    /** The clean form, the same object when it is clean already. */
    static String of(String path) {
        return isClean(path) ? path : clean(path);
    }

    private static boolean isClean(String path) {
        for (int slash = path.indexOf('/');
                slash >= 0 && slash + 1 < path.length();
                slash = path.indexOf('/', slash + 1)) {
            char next = path.charAt(slash + 1);
            if (next == '/' || (next == '.' && isDots(path, slash + 1))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isDots(String path, int start) {
        int end = path.startsWith("..", start) ? start + 2 : start + 1;
        return end == path.length() || path.charAt(end) == '/';
    }

    private static String clean(String path) {
        Deque<String> kept = new ArrayDeque<>();
        for (String segment : path.split("/", -1)) {
            if (segment.equals("..")) {
                kept.pollLast();
            } else if (!segment.isEmpty() && !segment.equals(".")) {
                kept.addLast(segment);
            }
        }
        String joined = "/" + String.join("/", kept);
        return path.endsWith("/") && joined.length() > 1 ? joined + "/" : joined;
    }
}
