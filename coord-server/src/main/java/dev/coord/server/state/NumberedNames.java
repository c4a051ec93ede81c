package dev.coord.server.state;

import java.util.Comparator;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

/** A number for each name, in the order of the names and in that of the numbers. Immutable. */
final class NumberedNames {

    /** One of them. */
    record Numbered(long number, String name) {}

    private final TreePMap<String, Long> byName;
    private final TreePSet<Numbered> byNumber;

    private NumberedNames(TreePMap<String, Long> byName, TreePSet<Numbered> byNumber) {
        this.byName = byName;
        this.byNumber = byNumber;
    }

    static NumberedNames empty(Comparator<String> order) {
        Comparator<Numbered> byNumber = Comparator.comparingLong(Numbered::number);
        return new NumberedNames(TreePMap.empty(order), TreePSet.empty(byNumber.thenComparing(Numbered::name, order)));
    }

    NumberedNames with(String name, long number) {
        NumberedNames others = without(name);
        return new NumberedNames(others.byName.plus(name, number), others.byNumber.plus(new Numbered(number, name)));
    }

    NumberedNames without(String name) {
        Long number = byName.get(name);
        return number == null
                ? this
                : new NumberedNames(byName.minus(name), byNumber.minus(new Numbered(number, name)));
    }

    /** 0 when there is none. */
    long get(String name) {
        Long number = byName.isEmpty() ? null : byName.get(name);
        return number == null ? 0 : number;
    }

    /** The one with the lowest number; null when empty. */
    @Nullable
    Numbered lowest() {
        return byNumber.isEmpty() ? null : byNumber.first();
    }

    int size() {
        return byName.size();
    }

    NavigableMap<String, Long> from(String first) {
        return byName.tailMap(first, true);
    }

    NavigableMap<String, Long> all() {
        return byName;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NumberedNames that && byName.equals(that.byName);
    }

    @Override
    public int hashCode() {
        return byName.hashCode();
    }
}
