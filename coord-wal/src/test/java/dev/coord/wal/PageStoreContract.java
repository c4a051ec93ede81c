package dev.coord.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.wal.LogException.Kind;
import dev.coord.wal.disk.SequenceMark;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** What page stores promise beyond {@link LogStoreContract}: what becomes of space, of formats and of their own pages. */
@NullUnmarked
public abstract class PageStoreContract extends LogStoreContract {

    /** Name of the engine's file. */
    protected abstract String dataFile();

    private Path file() {
        return directory.resolve(dataFile());
    }

    // ---- space

    @Test
    void spaceFreedByATruncationIsListedAndUsedAgain() {
        for (int i = 0; i < 20; i++) {
            append(log.nextIndex(), 100);
        }
        LogStats before = log.stats();
        log.truncatePrefix(log.nextIndex() - 10);
        LogStats after = log.stats();
        assertThat(after.freeBytes() - before.freeBytes())
                .as("most of what was live is free now: %s, then %s", before, after)
                .isGreaterThan(before.liveBytes() / 2);
        assertThat(after.freeBytes()).isLessThan(after.fileBytes());
        assertThat(after.freeListEntries()).isGreaterThan(before.freeListEntries());
        assertThat(after.freeListBytes()).isPositive();
        for (int round = 0; round < 5; round++) {
            append(log.nextIndex(), 1000);
            log.truncatePrefix(log.nextIndex() - 10);
        }
        assertThat(log.stats().fileBytes())
                .as("the file does not grow with each round")
                .isLessThan(4 * after.fileBytes());
    }

    @Test
    void whatIsWrittenIsCounted() {
        append(1, 1);
        long before = log.stats().syncedBytes();
        append(2, 1);
        assertThat(log.stats().syncedBytes() - before)
                .as("one small entry costs pages")
                .isGreaterThan(1000);
        assertThat(log.stats().writeAmplification()).isGreaterThan(10);
    }

    // ---- formats

    @Test
    void theGoldenFileOfFormatOneHoldsTheEntriesItWasMadeWithAndCanBeWrittenTo() throws IOException {
        log.close();
        Path old = Files.createDirectory(directory.resolve("format-1"));
        try (InputStream golden = getClass().getResourceAsStream("format-1/" + dataFile() + ".gz")) {
            assertThat(golden).isNotNull();
            Files.copy(new GZIPInputStream(golden), old.resolve(dataFile()));
        }
        for (int round = 0; round < 3; round++) {
            log = open(old, OPTIONS);
            assertRange(3, 81 + round * 20L);
            assertEntries(3, log.nextIndex());
            append(log.nextIndex(), 20);
            log.close();
        }
    }

    @Test
    void aNewerFormatIsRefusedByName() throws IOException {
        append(1, 10);
        log.truncatePrefix(3);
        RangeRecord known = RangeRecord.of(false, 3, 11);
        log.close();
        replace(bytes(known), bytes(new RangeRecord(RangeRecord.FORMAT + 1, false, 3, 11)));
        assertThatThrownBy(() -> open(directory, OPTIONS))
                .isInstanceOfSatisfying(
                        LogException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NEWER_FORMAT))
                .hasMessageContaining(file().toString())
                .hasMessageContaining("format 2")
                .hasMessageContaining("newer one");
    }

    private static byte[] bytes(RangeRecord record) {
        byte[] bytes = new byte[RangeRecord.BYTES];
        record.put(ByteBuffer.wrap(bytes));
        return bytes;
    }

    // ---- damage

    @Test
    void aDamagedEntryIsAnExceptionThatNamesFileOffsetAndIndex() throws IOException {
        append(1, 40);
        log.close();
        byte[] wanted = "entry 25 ".getBytes(StandardCharsets.US_ASCII);
        byte[] other = wanted.clone();
        other[0] ^= 1;
        replace(wanted, other);
        log = open(directory, OPTIONS);
        assertThatThrownBy(() -> log.read(25))
                .isInstanceOfSatisfying(
                        LogException.class, e -> assertThat(e.kind()).isEqualTo(Kind.DAMAGED))
                .hasMessageContaining(file() + " is damaged at offset ")
                .hasMessageContaining("entry 25");
        assertEntries(1, 25);
        assertEntries(26, 41);
    }

    @Test
    void anAcknowledgedEndThatIsLostIsNotMistakenForACrash() throws IOException {
        append(1, 40);
        log.close();
        byte[] before = Files.readAllBytes(file());
        log = open(directory, OPTIONS);
        append(41, 3);
        log.close();
        Files.write(file(), before); // as a disk that forgot its last writes would leave it
        assertThatThrownBy(() -> log = open(directory, OPTIONS))
                .isInstanceOfSatisfying(
                        LogException.class, e -> assertThat(e.kind()).isEqualTo(Kind.DAMAGED))
                .hasMessageContaining("acknowledged");
        Files.delete(directory.resolve(SequenceMark.FILE));
        log = open(directory, OPTIONS);
        assertEntries(1, 41);
    }

    /** Wherever it is in the file. */
    private void replace(byte[] wanted, byte[] other) throws IOException {
        byte[] bytes = Files.readAllBytes(file());
        int found = 0;
        for (int at = 0; at + wanted.length <= bytes.length; at++) {
            if (Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
                System.arraycopy(other, 0, bytes, at, other.length);
                found++;
            }
        }
        assertThat(found).isPositive();
        Files.write(file(), bytes);
    }
}
