package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.server.tls.KeyedCertificate;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** The two files of a certificate. What is there is never written over; a key is for its owner alone from the first byte on. */
record TlsFiles(Path certificate, Path key) {

    private static final int NUMBER_MAX = 10_000;

    private static TlsFiles named(Path directory, String name, String keyName) {
        return new TlsFiles(directory.resolve(name), directory.resolve(keyName));
    }

    /** @throws StartupException when there is one */
    static TlsFiles ofAuthority(Path directory, String domain) {
        checkPart(domain);
        TlsFiles files = named(directory, domain + "-agent-ca.pem", domain + "-agent-ca-key.pem");
        for (Path file : new Path[] {files.certificate, files.key}) {
            if (Files.exists(file)) {
                throw new StartupException(ExitCode.FAILED, file + " already exists.");
            }
        }
        return files;
    }

    /** With the first number that is free. */
    static TlsFiles next(Path directory, String name) {
        for (int number = 0; number < NUMBER_MAX; number++) {
            TlsFiles files = named(directory, name + "-" + number + ".pem", name + "-" + number + "-key.pem");
            if (!Files.exists(files.certificate) && !Files.exists(files.key)) {
                return files;
            }
        }
        throw new StartupException(ExitCode.FAILED, "there are " + NUMBER_MAX + " files " + name + "-N.pem already");
    }

    /** A part of a file's name: no way into another directory. */
    static void checkPart(String name) {
        if (!name.matches("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")) {
            throw new IllegalArgumentException("\"" + name
                    + "\" is no name of a domain or a datacenter: letters, digits," + " dots and dashes, at most 128");
        }
    }

    /** The key first: a certificate without one is of no use. Both are on the disk when this returns. */
    void write(KeyedCertificate made) {
        try {
            create(key, made.keyPem(), "rw-------");
            create(certificate, made.certificatePem(), "rw-r--r--");
        } catch (FileAlreadyExistsException e) {
            throw new StartupException(ExitCode.FAILED, e.getMessage() + " already exists.", e);
        } catch (IOException e) {
            throw new StartupException(ExitCode.FAILED, "can't write " + e.getMessage(), e);
        }
    }

    private static void create(Path file, String text, String permissions) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions)))) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }
}
