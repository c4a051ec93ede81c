package dev.coord.wal.maintenance;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A process that writes a log anew, in its place and beside it, over and over, until it is killed. */
final class LogCopyProcess {

    private LogCopyProcess() {}

    /** Arguments: the log's directory, a directory for copies. */
    public static void main(String[] arguments) throws Exception {
        Path log = Path.of(arguments[0]);
        Path copies = Path.of(arguments[1]);
        List<String> backends = List.of("lmdb", "segment", "mapdb", "segment", "segment");
        for (int round = 0; ; round++) {
            System.out.println(round);
            String backend = backends.get(round % backends.size());
            if (round % 4 == 3) {
                try (LogScan scan = LogScan.open(log)) {
                    Path copy = copies.resolve("copy" + System.nanoTime());
                    LogCopy.toDirectory(scan, copy, backend, false, ProgressListener.NONE);
                    Files.createFile(copies.resolve(copy.getFileName() + ".done"));
                }
            } else {
                LogCopy.inPlace(log, backend, ProgressListener.NONE);
            }
        }
    }
}
