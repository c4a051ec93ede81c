package dev.coord.tools.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was written is read, what is damaged is named, and format 1 stays readable. */
class BackupFileTest {

    private static final BackupHeader HEADER = new BackupHeader(
            "0b6c1e5a-0000-4000-8000-000000000001",
            "dc1",
            4711,
            "2026-11-28T08:00:00Z",
            List.of("kv", "flags"),
            List.of("app/"),
            "0.1.0");
    /** Two chunks of keys, for a chunk is full at 1 MiB. */
    private static final int LARGE = 700_000;

    @TempDir
    private Path directory;

    private static JsonObject key(String name, int bytes) {
        return new JsonObject().put("key", name).put("flags", 42).put("value", "v".repeat(bytes));
    }

    private Path written() throws IOException {
        Path file = directory.resolve("b");
        try (BackupWriter writer = new BackupWriter(file, HEADER)) {
            writer.add(BackupKind.KV, "app/a", key("app/a", 3));
            writer.add(BackupKind.KV, "app/b", key("app/b", LARGE));
            writer.add(BackupKind.KV, "app/c\u0089chunk\r\n", key("app/c\u0089chunk\r\n", LARGE));
            writer.add(
                    BackupKind.FLAGS,
                    "shop",
                    new JsonObject()
                            .put("set", "shop")
                            .put("document", new JsonObject().put("flags", new JsonObject())));
            writer.finish(4713, List.of("catalog: 403"));
        }
        return file;
    }

    private static List<Piece> read(Path file) throws IOException {
        List<Piece> pieces = new ArrayList<>();
        try (BackupReader reader = new BackupReader(file)) {
            for (Piece piece = reader.next(); piece != null; piece = reader.next()) {
                pieces.add(piece);
            }
        }
        return pieces;
    }

    private static List<String> names(List<Piece> pieces) {
        return pieces.stream()
                .flatMap(piece -> piece instanceof Piece.Chunk chunk ? chunk.records().stream() : null)
                .map(record -> record.getString("key", record.getString("set")))
                .toList();
    }

    private static List<Piece.Damage> damages(List<Piece> pieces) {
        return pieces.stream()
                .filter(Piece.Damage.class::isInstance)
                .map(Piece.Damage.class::cast)
                .toList();
    }

    private static int find(byte[] bytes, byte[] what, int from) {
        for (int at = from; at + what.length <= bytes.length; at++) {
            if (Arrays.equals(bytes, at, at + what.length, what, 0, what.length)) {
                return at;
            }
        }
        throw new AssertionError("not found");
    }

    @Test
    void whatWasWrittenIsReadAndTheFileIsForItsOwnerAlone() throws IOException {
        Path file = written();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        try (BackupReader reader = new BackupReader(file)) {
            assertThat(reader.header()).isEqualTo(HEADER);
        }
        List<Piece> pieces = read(file);
        assertThat(names(pieces)).containsExactly("app/a", "app/b", "app/c\u0089chunk\r\n", "shop");
        assertThat(pieces.get(pieces.size() - 1))
                .isEqualTo(new Piece.End(Map.of("kv", 3L, "flags", 1L), 4713, 3, List.of("catalog: 403")));
        assertThat(damages(pieces)).isEmpty();
    }

    @Test
    void whatIsNotFinishedLeavesTheOlderFileAndNothingElse() throws IOException {
        Path file = written();
        byte[] before = Files.readAllBytes(file);
        try (BackupWriter writer = new BackupWriter(file, HEADER)) {
            writer.add(BackupKind.KV, "x", key("x", 1));
        }

        assertThat(file).hasBinaryContent(before);
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void aDamagedChunkIsNamedAndTheOthersAreRead() throws IOException {
        Path file = written();
        byte[] bytes = Files.readAllBytes(file);
        int second = find(bytes, Framing.MARKER, find(bytes, Framing.MARKER, 0) + 1);
        bytes[second + 1000] ^= 1;
        Files.write(file, bytes);

        List<Piece> pieces = read(file);
        assertThat(damages(pieces))
                .containsExactly(new Piece.Damage(
                        BackupKind.KV,
                        "app/c\u0089chunk\r\n",
                        "app/c\u0089chunk\r\n",
                        1,
                        "the sum of its bytes is not what was written"));
        assertThat(names(pieces)).containsExactly("app/a", "app/b", "shop");
    }

    @Test
    void aChunkWhoseLabelIsDamagedIsToldOnceByWhatComesBefore() throws IOException {
        Path file = written();
        byte[] bytes = Files.readAllBytes(file);
        int second = find(bytes, Framing.MARKER, find(bytes, Framing.MARKER, 0) + 1);
        bytes[second + 20] ^= 1;
        Files.write(file, bytes);

        List<Piece> pieces = read(file);
        assertThat(damages(pieces)).singleElement().satisfies(damage -> {
            assertThat(damage.kind()).isNull();
            assertThat(damage.text()).startsWith("something after \"app/b\": bytes " + second + " to ");
        });
        assertThat(names(pieces)).containsExactly("app/a", "app/b", "shop");
    }

    @Test
    void aChunkThatWasTakenOutIsMissed() throws IOException {
        Path file = written();
        byte[] bytes = Files.readAllBytes(file);
        int second = find(bytes, Framing.MARKER, find(bytes, Framing.MARKER, 0) + 1);
        int third = find(bytes, Framing.MARKER, second + 1);
        byte[] without = new byte[bytes.length - (third - second)];
        System.arraycopy(bytes, 0, without, 0, second);
        System.arraycopy(bytes, third, without, second, bytes.length - third);
        Files.write(file, without);

        assertThat(damages(read(file))).singleElement().satisfies(damage -> assertThat(damage.text())
                .contains("after \"app/b\"", "a chunk is missing"));
    }

    @Test
    void aTornEndIsSaidWhereverItIsTorn() throws IOException {
        Path file = written();
        byte[] bytes = Files.readAllBytes(file);
        int end = find(bytes, "\"end\"".getBytes(StandardCharsets.UTF_8), 0);
        int[] lengths = {Framing.MAGIC.length, 40, bytes.length - LARGE / 2, end - 30, end + 20, bytes.length - 1};
        for (int length : lengths) {
            Files.write(file, Arrays.copyOf(bytes, length));

            List<Piece> pieces = read(file);
            assertThat(damages(pieces))
                    .as("cut at %s of %s", length, bytes.length)
                    .isNotEmpty();
            assertThat(pieces).noneMatch(Piece.End.class::isInstance);
        }
    }

    /** Whatever byte is flipped, of every few one in each run: nothing comes out that was not put in, and that something is wrong is said. */
    @Test
    void noFlippedByteGoesUnnoticed() throws IOException {
        Path file = directory.resolve("small");
        try (BackupWriter writer = new BackupWriter(file, HEADER)) {
            writer.add(BackupKind.KV, "app/a", key("app/a", 3));
            writer.add(BackupKind.FLAGS, "shop", new JsonObject().put("set", "shop"));
            writer.finish(4713, List.of());
        }
        byte[] bytes = Files.readAllBytes(file);
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = random.nextInt(4); i < bytes.length; i += 1 + random.nextInt(6)) {
            byte[] flipped = bytes.clone();
            flipped[i] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, flipped);

            List<Piece> pieces = readOrNull(file);
            if (pieces == null) {
                assertThat(i).as("only the first bytes say what the file is").isLessThan(Framing.MAGIC.length);
            } else {
                assertThat(damages(pieces)).as("byte %s, seed %s", i, seed).isNotEmpty();
                assertThat(new TreeSet<>(List.of("app/a", "shop"))).containsAll(names(pieces));
            }
        }
    }

    private static @Nullable List<Piece> readOrNull(Path file) throws IOException {
        try {
            return read(file);
        } catch (BackupFormatException e) {
            return null;
        }
    }

    @Test
    void aNewerFormatAndAnotherFileAreRefusedByName() throws IOException {
        Path file = written();
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer all = ByteBuffer.wrap(bytes);
        int at = Framing.MAGIC.length;
        all.putInt(at, 7);
        int summed = 2 * Integer.BYTES + all.getInt(at + Integer.BYTES);
        all.putInt(at + summed, Framing.sum(Arrays.copyOfRange(bytes, at, at + summed)));
        Files.write(file, bytes);
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(BackupFormatException.class)
                .hasMessageContaining("is of format 7, and this build reads up to 1");

        Files.writeString(file, "once upon a time");
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(BackupFormatException.class)
                .hasMessageContaining("is no backup");
        Files.writeString(file, "");
        assertThatThrownBy(() -> read(file)).isInstanceOf(BackupFormatException.class);
    }

    /** The file in the resources was written by another program from the format's description. It is never written anew. */
    @Test
    void format1StaysReadable() throws IOException {
        Path file = directory.resolve("golden");
        try (InputStream golden = BackupFileTest.class.getResourceAsStream("/backup-format-1.coord-backup")) {
            assertThat(golden).isNotNull();
            Files.write(file, golden.readAllBytes());
        }
        try (BackupReader reader = new BackupReader(file)) {
            assertThat(reader.header()).isEqualTo(HEADER);
        }
        List<Piece> pieces = read(file);
        assertThat(names(pieces)).containsExactly("app/a", "app/b", "shop");
        assertThat(pieces.get(pieces.size() - 1))
                .isEqualTo(new Piece.End(Map.of("kv", 2L, "flags", 1L), 4713, 2, List.of("catalog: 403")));
        assertThat(damages(pieces)).isEmpty();
    }
}
