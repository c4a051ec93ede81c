package dev.coord.server;

import dev.coord.server.flags.Feature;
import dev.coord.server.flags.FeatureFlags;
import dev.coord.server.watch.Topics;
import dev.coord.server.watch.WatchMeans;
import dev.coord.server.watch.WatchSteering;
import dev.coord.streaming.HubShape;
import dev.coord.streaming.HubSwitch;
import dev.coord.streaming.Subject;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out the changes of features that are not asked for at each use: how clients are told to watch, and the hub's shape.
 * {@link #apply} is called by the thread of {@link FeatureFlags}; to change the hub takes seconds and is done on a thread of
 * its own, which is there only as long as it has something to do.
 */
final class FeatureSwitches implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(FeatureSwitches.class);
    private static final String CONFIGURED = "configured";

    private final FeatureFlags features;
    private final WatchSteering steering;
    private final HubSwitch hub;
    private final HubShape configuredShape;
    private final ThreadPoolExecutor thread;

    FeatureSwitches(FeatureFlags features, WatchSteering steering, HubSwitch hub, HubShape configuredShape) {
        this.features = features;
        this.steering = steering;
        this.hub = hub;
        this.configuredShape = configuredShape;
        thread = new ThreadPoolExecutor(1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            Thread changing = new Thread(task, "coord-hub-shape");
            changing.setDaemon(true);
            return changing;
        });
        thread.allowCoreThreadTimeOut(true);
    }

    /** Something about the features has changed. */
    void apply() {
        steering.steerBy(this::meansFor);
        try {
            if (wantedShape() != hub.shape() || !thread.getQueue().isEmpty()) {
                thread.execute(this::changeHub);
            }
        } catch (RejectedExecutionException e) {
            LOG.debug("the hub's shape stays as it is: this server is stopping");
        }
    }

    /** Nothing is said of services before there is a flag: clients then do as they like. */
    private WatchMeans meansFor(Subject subject, String client) {
        if (!subject.topic().equals(Topics.SERVICE) || !features.isSet(Feature.STREAMING)) {
            return WatchMeans.ANY;
        }
        return features.isOn(Feature.STREAMING, subject.key(), client) ? WatchMeans.STREAM : WatchMeans.POLL;
    }

    private HubShape wantedShape() {
        String choice = features.choice(Feature.HUB_SHAPE);
        return choice.equals(CONFIGURED) ? configuredShape : HubShape.named(choice);
    }

    private void changeHub() {
        HubShape wanted = wantedShape();
        try {
            hub.changeTo(wanted);
        } catch (RuntimeException e) {
            LOG.error("the hub's shape could not be changed to {}: it is {}", wanted, hub.shape(), e);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
