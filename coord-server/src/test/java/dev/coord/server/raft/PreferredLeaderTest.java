package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.api.raft.v1.ServerInfo;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreferredLeaderTest {

    private static final ServerInfo SELF = server("a", 1).build();

    private final PreferredLeader preferred = new PreferredLeader();

    private static ServerInfo.Builder server(String address, int priority) {
        return ServerInfo.newBuilder()
                .setRaftAddress(address)
                .setLeaderPriority(priority)
                .setLastIndex(1_000_000);
    }

    private int secondsUntilHandedOver(int atMost, ServerInfo... others) {
        for (int second = 1; second <= atMost; second++) {
            if (preferred.tick(SELF, List.of(others)).isPresent()) {
                return second;
            }
        }
        return 0;
    }

    @Test
    void theOneWithTheHighestPriorityLeadsOnceItHasBeenFitForAWhile() {
        ServerInfo best = server("c", 9).build();

        assertThat(secondsUntilHandedOver(
                        PreferredLeader.STEADY_SECONDS - 1, server("b", 5).build(), best))
                .isZero();
        assertThat(preferred.tick(SELF, List.of(server("b", 5).build(), best))).contains(best);
    }

    @Test
    void nobodyIsPreferredToAnEqual() {
        assertThat(secondsUntilHandedOver(
                        100, server("b", 1).build(), server("c", 0).build()))
                .isZero();
    }

    @Test
    void oneThatLagsOrGoesOrHasASlowDiskDoesNotLead() {
        assertThat(secondsUntilHandedOver(
                        100,
                        server("b", 9).setSlowDisk(true).build(),
                        server("c", 9).setLeaving(true).build(),
                        server("d", 9).setLastIndex(1).build()))
                .isZero();
    }

    @Test
    void oneThatComesAndGoesIsWaitedForAndAFailedTryIsNotRepeatedAtOnce() {
        ServerInfo other = server("b", 9).build();

        for (int i = 0; i < 20; i++) {
            assertThat(secondsUntilHandedOver(PreferredLeader.STEADY_SECONDS - 1, other))
                    .isZero();
            assertThat(preferred.tick(SELF, List.of())).isEmpty();
        }
        assertThat(secondsUntilHandedOver(100, other)).isEqualTo(PreferredLeader.STEADY_SECONDS);
        assertThat(secondsUntilHandedOver(100, other)).isEqualTo(PreferredLeader.PAUSE_SECONDS);
    }

    @Test
    void oneThatHasJustLostLeadershipIsWaitedForWhoeverLeadsNow() {
        ServerInfo other = server("b", 9).build();
        preferred.follow("b");
        preferred.follow("");

        assertThat(secondsUntilHandedOver(100, other)).isEqualTo(PreferredLeader.PAUSE_SECONDS - 1);

        preferred.follow("c");
        assertThat(secondsUntilHandedOver(100, other)).isEqualTo(PreferredLeader.STEADY_SECONDS);
    }
}
