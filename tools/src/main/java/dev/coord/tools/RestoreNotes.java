package dev.coord.tools;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** What a restore has left out: told at once, up to a bound. For one thread. */
final class RestoreNotes {

    static final int TOLD_MAX = 100;

    private final CommandSpec spec;
    private final List<String> told = new ArrayList<>();
    private long more;

    RestoreNotes(CommandSpec spec) {
        this.spec = spec;
    }

    void failed(String what) {
        add("not restored: " + what);
    }

    void damaged(String what) {
        add("damaged in the file, not restored: " + what);
    }

    private void add(String text) {
        if (told.size() < TOLD_MAX) {
            told.add(text);
            Console.note(spec, "coord: " + text);
        } else {
            more++;
        }
    }

    /** Says how many more there were. */
    void finish() {
        if (more > 0) {
            Console.note(spec, "coord: not restored: " + Figures.count(more, "more", "more"));
        }
    }

    boolean isEmpty() {
        return told.isEmpty();
    }

    List<String> all() {
        return List.copyOf(told);
    }
}
