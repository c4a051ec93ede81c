package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.api.storage.v1.AclBootstrap;
import dev.coord.api.storage.v1.AclChange;
import dev.coord.api.storage.v1.AclPutToken;
import dev.coord.api.storage.v1.AclRecord;
import dev.coord.api.storage.v1.AclToken;
import dev.coord.api.storage.v1.LoggedCommand;
import dev.coord.api.storage.v1.PreparedQuery;
import dev.coord.server.rescue.StateRecord;
import dev.coord.wal.LogEntry;
import java.nio.ByteBuffer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whoever may read a log or an export of it learns which tokens there are, not what opens the doors. */
class HiddenSecretsTest {

    private static final String SECRET = "5ec4e700-1111-2222-3333-444444444444";
    private static final AclToken TOKEN = AclToken.newBuilder()
            .setAccessorId("acce5504-1111-2222-3333-444444444444")
            .setSecretId(SECRET)
            .build();

    @Test
    void aDumpOfTheLogNamesATokenAndHidesItsSecret() {
        AclChange bootstrap = AclChange.newBuilder()
                .setBootstrap(AclBootstrap.newBuilder().setToken(TOKEN))
                .build();
        AclChange put = AclChange.newBuilder()
                .setPutToken(AclPutToken.newBuilder().setToken(TOKEN).setCreate(true))
                .build();
        assertThat(Stream.of(bootstrap, put)).allSatisfy(change -> {
            EntryDecoder.Decoded decoded = EntryDecoder.decode(
                    entry(LoggedCommand.newBuilder().setAcl(change).build()));
            JsonText json = new JsonText().object();
            EntryDecoder.put(json, decoded);
            assertThat(Stream.of(EntryDecoder.text(decoded, 100), json.end().toString()))
                    .allSatisfy(shown -> assertThat(shown)
                            .contains(TOKEN.getAccessorId())
                            .contains("(hidden)")
                            .doesNotContain(SECRET));
        });
    }

    @Test
    void anExportOfTheStateHidesSecretsInEveryFormat() {
        StateRecord token = new StateRecord(
                "acl", "token/1", AclRecord.newBuilder().setToken(TOKEN).build());
        StateRecord query = new StateRecord(
                "prepared_query",
                "q",
                PreparedQuery.newBuilder().setName("q").setToken(SECRET).build());
        assertThat(RecordText.values()).allSatisfy(format -> assertThat(Stream.of(token, query))
                .allSatisfy(record ->
                        assertThat(format.line(record)).contains("(hidden)").doesNotContain(SECRET)));
    }

    private static LogEntry entry(LoggedCommand command) {
        byte[] bytes = command.toByteArray();
        ByteBuffer data = ByteBuffer.allocate(bytes.length + 1).put((byte) 1).put(bytes);
        return new LogEntry(1, 1, data.flip());
    }
}
