package dev.coord.server.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.coord.server.LocalConsensus;
import dev.coord.server.command.ClusterView;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.HubShape;
import dev.coord.streaming.HubSwitch;
import dev.coord.wal.LatencyRecorder;
import dev.coord.wal.LogException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What measures a server says nothing of its own when the log has failed: who owns the log has said it. */
class SignalSamplerTest {

    @Test
    void aLogThatHasFailedIsNoErrorOfTheSampler() {
        Logger logger = (Logger) LoggerFactory.getLogger(SignalSampler.class);
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        logger.addAppender(logged);
        Level before = logger.getLevel();
        logger.setLevel(Level.DEBUG);
        AtomicInteger looks = new AtomicInteger();
        try (HubSwitch hub = new HubSwitch(HubShape.SHARDED, HubOptions.defaults())) {
            LocalConsensus local = new LocalConsensus(System::currentTimeMillis, hub);
            LatencyRecorder latency = new LatencyRecorder();
            try (SignalSampler sampler =
                    new SignalSampler(failing(local, looks), local, hub, latency::picture, () -> 0)) {
                sampler.start();
                await().atMost(60, TimeUnit.SECONDS).untilAsserted(() -> assertThat(List.copyOf(logged.list))
                        .isNotEmpty());
            }
            assertThat(looks.get()).isGreaterThan(1);
            assertThat(List.copyOf(logged.list))
                    .allSatisfy(event -> assertThat(event.getLevel()).isEqualTo(Level.DEBUG));
        } finally {
            logger.setLevel(before);
            logger.detachAppender(logged);
        }
    }

    /** Its log is whole when it is asked first, and then is not. */
    private static ClusterView failing(LocalConsensus local, AtomicInteger looks) {
        return (ClusterView) Proxy.newProxyInstance(
                ClusterView.class.getClassLoader(), new Class<?>[] {ClusterView.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("lastLogIndex") && looks.getAndIncrement() > 0) {
                        throw new LogException(LogException.Kind.FAILED, "the log has failed");
                    }
                    try {
                        return method.invoke(local, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
