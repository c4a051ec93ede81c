package dev.coord.server.flags;

import com.google.gson.JsonObject;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.state.FlagEntry;
import dev.coord.server.state.FlagSetEntry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Flags of the servers' own features that count on this server alone, before the replicated ones: for when no leader exists. A
 * file with a document of flagd's, which may be written by hand too; it is looked at once a second. One that can't be read or
 * is not fit changes nothing: what it said before goes on, with a line in the log. A file that is gone overrides nothing.
 *
 * <p>Safe from any thread. Writing is atomic; it takes effect with the next look.
 */
public final class FlagOverride {

    /** The file's name in the data directory. */
    public static final String FILE = "flags.override.json";

    private static final Logger LOG = LoggerFactory.getLogger(FlagOverride.class);

    private final Path file;

    /** Guarded by this: what was read last, and of which file. */
    private FlagDocument document = FlagDocument.empty();

    /** Guarded by this; null: there was none. */
    private @Nullable FileTime readOf;
    /** Guarded by this. */
    private long sizeRead = -1;

    public FlagOverride(Path file) {
        this.file = file;
    }

    /** Overrides one feature's flag here. Throws when the definition is not fit: the message says where and why. */
    public synchronized void set(Feature feature, String definition) throws IOException {
        look();
        write(FeatureCheck.checked(Feature.SET, document.with(feature.flag(), definition)));
    }

    /** Lets the replicated flag count again. To clear what is not there succeeds. */
    public synchronized void clear(Feature feature) throws IOException {
        look();
        write(document.without(feature.flag()));
    }

    /** By name, what is overridden. */
    public synchronized SortedMap<String, String> list() {
        look();
        SortedMap<String, String> texts = new TreeMap<>();
        document.flags().forEach((name, definition) -> texts.put(name, definition.toString()));
        return texts;
    }

    private void write(FlagDocument next) throws IOException {
        if (next.flags().isEmpty()) {
            Files.deleteIfExists(file);
        } else {
            Path made = file.resolveSibling(file.getFileName() + ".new");
            Files.writeString(made, next.json().toString(), StandardCharsets.UTF_8);
            Files.move(made, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        look();
    }

    /** The set as it counts here: each flag that is overridden in the place of the replicated one. */
    synchronized @Nullable FlagSetEntry over(@Nullable FlagSetEntry set) {
        look();
        if (document.flags().isEmpty()) {
            return set;
        }
        FlagSetEntry merged =
                set == null ? new FlagSetEntry(Feature.SET, true, TreePMap.empty(), 0, 0, List.of()) : set;
        for (var flag : document.flags().entrySet()) {
            JsonObject definition = flag.getValue();
            merged = merged.overridden(new FlagEntry(flag.getKey(), definition.toString(), 0, 0));
        }
        return merged;
    }

    private void look() {
        try {
            FileTime changed = Files.getLastModifiedTime(file);
            long size = Files.size(file);
            if (changed.equals(readOf) && size == sizeRead) {
                return;
            }
            readOf = changed;
            sizeRead = size;
            if (size > FlagLimits.REQUEST_BYTES_MAX) {
                LOG.error(
                        "{} takes {} bytes, at most {}: it changes nothing", file, size, FlagLimits.REQUEST_BYTES_MAX);
                return;
            }
            document = FeatureCheck.checked(Feature.SET, FlagDocument.parse(Files.readString(file)));
            LOG.warn("{} overrides on this server: {}", file, document.flags().keySet());
        } catch (NoSuchFileException e) {
            if (readOf != null) {
                LOG.warn("{} is gone: nothing is overridden on this server any more", file);
            }
            readOf = null;
            sizeRead = -1;
            document = FlagDocument.empty();
        } catch (IOException | ConsensusException e) {
            LOG.error("{} can't be read and changes nothing: {}", file, e.getMessage());
        }
    }
}
