package dev.coord.wal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Names the place of damage that an engine knows by its effect alone: the files are read once without it. Slow, and only
 * done when something is broken. Beside a running store it may find nothing, or something that is being written: what it
 * adds is a hint for people.
 */
final class DamageSearch implements LogVisitor {

    private final List<LogDamage> found = new ArrayList<>();

    private DamageSearch() {}

    /**
     * The exception that says so.
     *
     * @param file the file that the engine reads, for messages
     * @param reader of the same directory
     * @param index the entry that can't be read, 0 if it is not known
     */
    static LogException exception(String file, LogReader reader, long index, String what) {
        LogDamage damage = new DamageSearch().search(reader, index);
        String text = damage == null
                ? file + " is damaged: " + what + " (no offset: its files hold no other sign of it)"
                : file + " is damaged at offset " + damage.offset() + ": " + what + "; " + damage;
        return new LogException(LogException.Kind.DAMAGED, text + LogDamage.ADVICE);
    }

    private @Nullable LogDamage search(LogReader reader, long index) {
        try {
            reader.read(this);
        } catch (IOException | RuntimeException e) {
            return found.isEmpty() ? null : found.get(0);
        }
        return found.stream()
                .filter(damage -> damage.firstIndex() <= index && index < damage.nextIndex())
                .findFirst()
                .orElse(found.isEmpty() ? null : found.get(0));
    }

    @Override
    public void entry(LogEntry entry, String file, long offset) {}

    @Override
    public void damage(LogDamage damage) {
        found.add(damage);
    }
}
