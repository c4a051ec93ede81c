package dev.coord.server.command;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Each limit is held, with a message that names it; what is at the limit passes. */
class CommandValidationTest {

    @Test
    void aKeyIsNotEmptyAndAtMostSixteenKilobytesOfUtf8() {
        assertRefused(put("", 1), "Missing key name");
        assertAccepted(put("k".repeat(16_384), 1));
        assertRefused(put("k".repeat(16_385), 1), "Key is too long: 16385 bytes of UTF-8, at most 16384");
        assertRefused(put("\u00e9".repeat(8_193), 1), "Key is too long: 16386 bytes of UTF-8, at most 16384");
        assertRefused(put("half \uD83D pair", 1), "Key is not valid Unicode: it holds half a surrogate pair");
        assertAccepted(put("\uD83D\uDE00", 1));
    }

    @Test
    void aValueIsAtMostWhatFitsIntoACommand() {
        assertAccepted(put("k", CommandLimits.VALUE_BYTES_CEILING));
        assertRefused(
                put("k", CommandLimits.VALUE_BYTES_CEILING + 1),
                "Value for key \"k\" is too large: 2031617 bytes, at most 2031616");
    }

    @Test
    void acquireAndReleaseExcludeEachOther() {
        assertRefused(
                new Command.KvPut("k", ByteString.EMPTY, 0, null, "a", "b"), "Conflicting flags: acquire=a&release=b");
        assertRefused(new Command.KvPut("k", ByteString.EMPTY, 0, null, "", null), "missing session");
    }

    @Test
    void aPrefixMayBeEmpty() {
        assertAccepted(new Command.KvDeleteTree(""));
        assertRefused(new Command.KvDelete("", null), "Missing key name");
    }

    @Test
    void aNodeNeedsANameAndAnAddress() {
        assertAccepted(register("n1", "10.0.0.1", Map.of(), null));
        assertRefused(register("", "10.0.0.1", Map.of(), null), "Must provide node");
        assertRefused(register("n1", "", Map.of(), null), "Must provide address if SkipNodeUpdate is not set");
        assertAccepted(
                new Command.Register(new NodeEntry("", "n1", "", "", Map.of(), Map.of(), 0, 0), null, List.of(), true));
    }

    @Test
    void metadataIsBounded() {
        Map<String, String> pairs = new HashMap<>();
        for (int i = 0; i < 64; i++) {
            pairs.put("k" + i, "v");
        }
        assertAccepted(register("n1", "a", pairs, null));
        pairs.put("one more", "v");
        assertRefused(
                register("n1", "a", pairs, null),
                "Node metadata cannot contain more than 64 key/value pairs; it has 65");
        assertRefused(
                register("n1", "a", Map.of("k".repeat(129), "v"), null),
                "Node metadata key is too long (limit: 128 characters, has 129)");
        assertRefused(
                register("n1", "a", Map.of("k", "v".repeat(513)), null),
                "Node metadata value of \"k\" is too long (limit: 512 characters, has 513)");
    }

    @Test
    void aServiceNeedsANameAnIdAndARealPort() {
        assertAccepted(register("n1", "a", Map.of(), service("id", "web", 65_535)));
        assertRefused(register("n1", "a", Map.of(), service("id", "", 80)), "Must provide service name with ID");
        assertRefused(register("n1", "a", Map.of(), service("", "web", 80)), "Must provide service ID");
        assertRefused(
                register("n1", "a", Map.of(), service("id", "web", 65_536)),
                "Port 65536 of service \"id\" is not from 0 to 65535");
    }

    @Test
    void theOutputOfACheckIsBounded() {
        assertAccepted(new Command.UpdateCheck("n1", "c", CheckStatus.PASSING, "x".repeat(4_096)));
        assertRefused(
                new Command.UpdateCheck("n1", "c", CheckStatus.PASSING, "x".repeat(4_097)),
                "Output of check \"c\" is too long: 4097 bytes, at most 4096");
    }

    @Test
    void aWholeCommandIsBounded() {
        List<CheckEntry> checks = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            checks.add(new CheckEntry(
                    "", "c" + i, "", CheckStatus.PASSING, "", "x".repeat(4_096), null, "", List.of(), "", null, 0, 0));
        }
        NodeEntry node = new NodeEntry("", "n1", "a", "", Map.of(), Map.of(), 0, 0);
        assertThatThrownBy(() -> CommandValidation.validate(new Command.Register(node, null, checks, false)))
                .hasMessageMatching("The request is too large: \\d+ bytes, at most 2097152");
    }

    @Test
    void aSessionsTtlIsNoneOrFromTenSecondsToADay() {
        assertAccepted(session(0, 0));
        assertAccepted(session(10_000, 3_600_000));
        assertAccepted(session(86_400_000, 0));
        assertRefused(
                session(9_999, 0), "Invalid Session TTL 9999 ms, must be from 10000 to 86400000 ms, or 0 for none");
        assertRefused(
                session(86_400_001, 0),
                "Invalid Session TTL 86400001 ms, must be from 10000 to 86400000 ms, or 0 for none");
        assertRefused(session(0, -1), "Lock delay -1 ms is below 0");
    }

    private static Command put(String key, int valueBytes) {
        return new Command.KvPut(key, ByteString.copyFrom(new byte[valueBytes]), 0, null, null, null);
    }

    private static Command register(
            String node, String address, Map<String, String> meta, @Nullable ServiceEntry service) {
        return new Command.Register(
                new NodeEntry("", node, address, "", Map.of(), meta, 0, 0), service, List.of(), false);
    }

    private static ServiceEntry service(String id, String name, int port) {
        return new ServiceEntry("n1", id, name, List.of(), "", port, Map.of(), Map.of(), 1, 1, false, "", 0, 0);
    }

    private static Command session(long ttlMillis, long lockDelayMillis) {
        return new Command.CreateSession(new SessionEntry(
                "s", "", "n1", SessionEntry.Behavior.RELEASE, ttlMillis, lockDelayMillis, List.of(), List.of(), 0, 0));
    }

    private static void assertAccepted(Command command) {
        assertThatCode(() -> CommandValidation.validate(command)).doesNotThrowAnyException();
    }

    private static void assertRefused(Command command, String message) {
        assertThatThrownBy(() -> CommandValidation.validate(command))
                .isInstanceOf(ConsensusException.class)
                .hasMessage(message)
                .extracting(e -> ((ConsensusException) e).reason())
                .isEqualTo(ConsensusException.Reason.INVALID);
    }
}
