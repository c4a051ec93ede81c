package dev.coord.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.wal.LogEntry;
import dev.coord.wal.LogOptions;
import dev.coord.wal.memory.MemoryLogStore;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What the copy does when the log is cut, in each order that the two threads may come in. */
class MirrorTest {

    private final MemoryLogStore source = new MemoryLogStore(LogOptions.DEFAULT);
    private final MemoryLogStore target = new MemoryLogStore(LogOptions.DEFAULT);

    @Test
    void theCopyBeginsWhereTheLogBegins() {
        append(1, 10, 1);
        source.truncatePrefix(4);
        Mirror mirror = new Mirror(source, target);
        finish(mirror);
        assertThat(target.firstIndex()).isEqualTo(4);
        assertThat(mirror.comparedFirst()).isEqualTo(4);
        assertThat(mirror.comparedNext()).isEqualTo(11);
        assertThat(mirror.sourceChecksum()).isEqualTo(mirror.targetChecksum()).isNotZero();
    }

    @Test
    void entriesThatWereCutAndWrittenAnewAreCopiedAnew() {
        append(1, 10, 1);
        Mirror mirror = new Mirror(source, target);
        finish(mirror);
        cut(mirror, 6);
        append(6, 10, 2);
        finish(mirror);
        assertThat(target.term(6)).isEqualTo(2);
        assertThat(mirror.comparedFirst()).as("checksums begin anew at the cut").isEqualTo(6);
    }

    @Test
    void aCutAndAPrefixBeyondItStartTheCopyOver() {
        append(1, 10, 1);
        Mirror mirror = new Mirror(source, target);
        finish(mirror);
        cut(mirror, 6);
        append(6, 10, 2);
        source.truncatePrefix(9);
        mirror.changed(Long.MAX_VALUE);
        finish(mirror);
        assertThat(target.firstIndex()).isEqualTo(9);
        assertThat(target.term(9)).isEqualTo(2);
    }

    @Test
    void aPrefixBeyondTheCopyStartsItOver() {
        append(1, 10, 1);
        Mirror mirror = new Mirror(source, target);
        finish(mirror);
        append(11, 10, 1);
        source.truncatePrefix(15);
        finish(mirror);
        assertThat(target.firstIndex()).isEqualTo(15);
    }

    @Test
    void aResetStartsTheCopyOver() {
        append(1, 10, 1);
        Mirror mirror = new Mirror(source, target);
        finish(mirror);
        source.reset(5);
        mirror.changed(0);
        append(5, 3, 7);
        finish(mirror);
        assertThat(target.firstIndex()).isEqualTo(5);
        assertThat(target.term(5)).isEqualTo(7);
    }

    @Test
    void entriesReadBeforeACutAndWrittenAfterItAreNotComparedAndGo() {
        append(1, 10, 1);
        Mirror mirror = new Mirror(source, target);
        mirror.copy();
        cut(mirror, 6);
        append(6, 5, 2);
        mirror.compare(); // the copy still has the old ones
        assertThat(mirror.comparedNext()).isEqualTo(6);
        finish(mirror);
        assertThat(target.term(6)).isEqualTo(2);
    }

    @Test
    void tooMuchThatIsLeftIsNotCopiedWhileTheLogWaits() {
        append(1, 10, 1);
        Mirror mirror = new Mirror(source, target);
        assertThat(mirror.complete(9)).isFalse();
        assertThat(mirror.complete(10)).isTrue();
    }

    @Test
    void aCopyWithOtherBytesIsDifferent() {
        append(1, 3, 1);
        Mirror mirror = new Mirror(source, target);
        mirror.copy();
        target.truncateSuffix(2);
        target.append(List.of(entry(2, 9), entry(3, 1)));
        assertThatThrownBy(mirror::compare).isInstanceOfSatisfying(DifferentException.class, e -> assertThat(e.index())
                .isEqualTo(2));
    }

    private void finish(Mirror mirror) {
        assertThat(mirror.complete(Long.MAX_VALUE)).isTrue();
        assertThat(target.nextIndex()).isEqualTo(source.nextIndex());
    }

    private void cut(Mirror mirror, long index) {
        source.truncateSuffix(index);
        mirror.changed(index);
    }

    private void append(long from, int count, long term) {
        source.append(LongStream.range(from, from + count)
                .mapToObj(index -> entry(index, term))
                .toList());
    }

    private static LogEntry entry(long index, long term) {
        return new LogEntry(
                index,
                term,
                ByteBuffer.allocate(16).putLong(index).putLong(term).flip());
    }
}
