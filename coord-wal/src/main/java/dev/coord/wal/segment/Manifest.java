package dev.coord.wal.segment;

import java.util.List;

/**
 * What makes up the log.
 *
 * @param logId drawn when the log was made; part of every salt
 * @param generation counts manifests; gives each extent its own salt
 * @param firstIndex the log's first index
 * @param nextIndex the log's next index when this was written; an open extent may hold more
 * @param extents in index order; only the last may be open
 */
record Manifest(int logId, int generation, long firstIndex, long nextIndex, List<Extent> extents) {

    static final String FILE = "MANIFEST";
    static final String FILE_BESIDE = "MANIFEST.tmp";

    Manifest {
        extents = List.copyOf(extents);
    }
}
