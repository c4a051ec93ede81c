package dev.coord.wal.disk;

import java.io.IOException;
import java.util.Set;

/** One directory of files: the seam through which the backend touches the disk, so that tests can crash or fill it. */
public interface Disk {

    /** What messages call a file of this directory. */
    String describe(String name);

    /** Names of the files that are there. */
    Set<String> list() throws IOException;

    long size(String name) throws IOException;

    /** Makes a file that must not exist yet. It survives a crash after {@link #syncDirectory}. */
    DiskFile create(String name) throws IOException;

    DiskFile open(String name) throws IOException;

    /** Atomic; replaces the target. Survives a crash after {@link #syncDirectory}. */
    void rename(String from, String to) throws IOException;

    /** Survives a crash after {@link #syncDirectory}. */
    void delete(String name) throws IOException;

    void syncDirectory() throws IOException;
}
