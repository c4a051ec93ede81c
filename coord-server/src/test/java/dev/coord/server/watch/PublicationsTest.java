package dev.coord.server.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import dev.coord.server.command.SessionEntry;
import dev.coord.server.state.State;
import dev.coord.streaming.Publication;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which subjects hear of which change. */
class PublicationsTest {

    private State state = State.empty();

    @Test
    void aKeyIsPublishedUnderItselfWithAboutItsSize() {
        List<Publication> publications =
                publish(new Command.KvPut("k", ByteString.copyFrom(new byte[1_000]), 0, null, null, null));
        assertThat(subjects(publications)).containsExactly("kv k");
        assertThat(publications.get(0).bytes()).isBetween(1_000, 1_500);
    }

    @Test
    void aRegistrationIsPublishedUnderNodeServiceAndChecks() {
        assertThat(subjects(publish(registration("Node", "Web"))))
                .containsExactly(
                        "nodes ", "node node", "checks ", "node node", "service web", "node node", "services ");
    }

    @Test
    void aHealthChangeIsNotPublishedToTheListOfServices() {
        publish(registration("n1", "web"));
        assertThat(subjects(publish(new Command.UpdateCheck("n1", "c", CheckStatus.CRITICAL, ""))))
                .containsExactly("checks ", "node n1", "service web", "node n1");
    }

    @Test
    void aSessionIsPublishedUnderItselfAndTheListWithTheKeysItHeld() {
        publish(registration("n1", "web"));
        publish(new Command.CreateSession(
                new SessionEntry("s", "", "n1", SessionEntry.Behavior.RELEASE, 0, 0, List.of(), List.of(), 0, 0)));
        publish(new Command.KvPut("lock", ByteString.EMPTY, 0, null, "s", null));
        assertThat(subjects(publish(new Command.DestroySession("s"))))
                .containsExactly("sessions ", "session s", "kv lock");
    }

    @Test
    void topicsAreTheSubjectsThatQueriesWaitOn() {
        assertThat(Topics.service("WEB")).isEqualTo(Topics.service("web"));
        assertThat(Topics.node("N1")).isEqualTo(Topics.node("n1"));
        assertThat(Topics.key("K")).isNotEqualTo(Topics.key("k"));
    }

    @Test
    void nothingChangedMeansNothingPublished() {
        publish(registration("n1", "web"));
        assertThat(publish(registration("n1", "web"))).isEmpty();
    }

    private static Command registration(String node, String service) {
        return new Command.Register(
                new NodeEntry("", node, "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0),
                new ServiceEntry(node, "id", service, List.of(), "", 0, Map.of(), Map.of(), 1, 1, false, "", 0, 0),
                List.of(new CheckEntry("", "c", "", CheckStatus.PASSING, "", "", "id", "", List.of(), "", null, 0, 0)),
                false);
    }

    private List<Publication> publish(Command command) {
        var transition = state.apply(command, 1);
        state = transition.state();
        return Publications.of(transition.changes());
    }

    private static List<String> subjects(List<Publication> publications) {
        List<String> subjects = new ArrayList<>();
        publications.forEach(publication -> subjects.add(publication.topic() + " " + publication.key()));
        return subjects;
    }
}
