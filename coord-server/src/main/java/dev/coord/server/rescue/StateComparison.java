package dev.coord.server.rescue;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.coord.server.state.State;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How two states differ, thing by thing.
 *
 * @param same number of things that both have alike
 * @param differences the first {@value #DIFFERENCES_MAX}
 * @param differencesInAll how many there are
 */
public record StateComparison(long same, List<Difference> differences, long differencesInAll) {

    /** Differences that are kept; all are counted. */
    public static final int DIFFERENCES_MAX = 1000;

    private static final Set<String> REVISIONS = Set.of("create_revision", "modify_revision", "lock_index");

    /** How one thing differs. */
    public enum How {
        ONLY_FIRST,
        ONLY_SECOND,
        DIFFERENT
    }

    /** One thing that the two do not have alike. */
    public record Difference(How how, String kind, String name) {}

    public StateComparison {
        differences = List.copyOf(differences);
    }

    /**
     * Compares. Keeps a digest of each thing of the second in memory.
     *
     * @param revisions false: what only counts changes is passed over, as when one state was written anew from the other
     */
    public static StateComparison of(State first, State second, StateRecord.Part part, boolean revisions) {
        Map<String, byte[]> others = new HashMap<>();
        StateRecord.visit(second, part, record -> others.put(key(record), digest(record, revisions)));
        List<Difference> differences = new ArrayList<>();
        long[] counts = new long[2];
        StateRecord.visit(first, part, record -> {
            byte[] other = others.remove(key(record));
            if (other != null && Arrays.equals(other, digest(record, revisions))) {
                counts[0]++;
            } else {
                counts[1]++;
                add(differences, other == null ? How.ONLY_FIRST : How.DIFFERENT, key(record));
            }
        });
        others.keySet().stream().sorted().forEach(key -> {
            counts[1]++;
            add(differences, How.ONLY_SECOND, key);
        });
        return new StateComparison(counts[0], differences, counts[1]);
    }

    private static void add(List<Difference> differences, How how, String key) {
        if (differences.size() < DIFFERENCES_MAX) {
            int split = key.indexOf(' ');
            differences.add(new Difference(how, key.substring(0, split), key.substring(split + 1)));
        }
    }

    private static String key(StateRecord record) {
        return record.kind() + " " + record.name();
    }

    private static byte[] digest(StateRecord record, boolean revisions) {
        Message content = revisions ? record.content() : withoutRevisions(record.content());
        byte[] bytes = new byte[content.getSerializedSize()];
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(bytes);
            out.useDeterministicSerialization();
            content.writeTo(out);
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("an array of the right size takes it", e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static Message withoutRevisions(Message message) {
        Message.Builder without = message.toBuilder();
        for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
            if (REVISIONS.contains(field.getName())) {
                without.clearField(field);
            }
        }
        return without.build();
    }
}
