package dev.coord.server.command;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The servers of a configuration, present or planned, and what may fail before nothing can be written any more. Immutable.
 *
 * @param places every server once
 */
public record Layout(List<Place> places) {

    /**
     * A server in it.
     *
     * @param name empty while unknown
     * @param address host:port of Raft
     * @param zone what fails together with it; empty: none
     * @param voter false: a learner
     * @param answers it was heard of within the failure threshold
     */
    public record Place(String name, String address, String zone, boolean voter, boolean answers) {

        /** Its name; its address while that is unknown. */
        public String label() {
            return name.isEmpty() ? address : name;
        }
    }

    public Layout {
        places = List.copyOf(places);
    }

    private int count(Predicate<Place> which) {
        return (int) places.stream().filter(which).count();
    }

    public int voters() {
        return count(Place::voter);
    }

    /** Voters that answer. */
    public int answering() {
        return count(place -> place.voter() && place.answers());
    }

    /** So many voters must have a write before it counts. */
    public int majority() {
        return voters() / 2 + 1;
    }

    /** So many more of the voters that answer may fail; below 0: there is no majority. */
    public int spare() {
        return answering() - majority();
    }

    /** Whether the voters that answer are still a majority without these. */
    public boolean survivesLossOf(Predicate<Place> lost) {
        return count(place -> place.voter() && place.answers() && !lost.test(place)) >= majority();
    }

    /** Names of the zones that voters are in. */
    public SortedSet<String> zones() {
        SortedSet<String> zones = new TreeSet<>();
        places.stream()
                .filter(place -> place.voter() && !place.zone().isEmpty())
                .forEach(place -> zones.add(place.zone()));
        return zones;
    }

    public int votersIn(String zone) {
        return count(place -> place.voter() && place.zone().equals(zone));
    }

    public boolean survivesZone(String zone) {
        return survivesLossOf(place -> place.zone().equals(zone));
    }

    /** For a person: how many there are, and how many more may fail. */
    public String words() {
        int learners = places.size() - voters();
        int silent = voters() - answering();
        StringBuilder words = new StringBuilder(counted(voters(), "voter"));
        if (learners > 0) {
            words.append(" and ").append(counted(learners, "learner"));
        }
        if (silent > 0) {
            words.append(" (")
                    .append(silent)
                    .append(silent == 1 ? " does" : " do")
                    .append(" not answer)");
        }
        return spare() < 0
                ? words.append(", without a majority").toString()
                : words.append(", survives the loss of ")
                        .append(spare())
                        .append(silent > 0 ? " more" : "")
                        .toString();
    }

    private static String counted(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    /** Why this one stands less than the one before it; null: it does not. */
    public @Nullable String worseThan(Layout before) {
        if (spare() < 0) {
            return "afterwards " + answering() + " of " + counted(voters(), "voter") + " would answer and " + majority()
                    + " are needed: nothing could be written any more";
        }
        if (spare() < before.spare()) {
            return "afterwards it would survive the loss of " + spare() + ", and it survives that of " + before.spare()
                    + " now";
        }
        return before.zones().stream()
                .filter(zone -> before.survivesZone(zone) && !survivesZone(zone))
                .map(zone -> "afterwards the loss of zone " + zone + " would stop it, and does not now")
                .findFirst()
                .orElse(null);
    }
}
