package dev.coord.client;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The healthy instances of one service, kept up to date by a watch. A read is a field access. While no server can be reached it
 * goes on to answer with what was last known; {@link #age()} and {@link #isLive()} say how far to trust that.
 *
 * <p>Safe from any thread.
 */
public final class Discovery implements AutoCloseable {

    /** The most listeners of one discovery. */
    public static final int LISTENERS_MAX = 256;

    private static final Logger log = LoggerFactory.getLogger(Discovery.class);

    private final String service;
    private final Health worst;
    private final Watch<ServiceInstance> watch;
    private final List<Consumer<List<ServiceInstance>>> listeners = new CopyOnWriteArrayList<>();
    private final AtomicInteger turn = new AtomicInteger();
    /** Written by the watch's thread, read by any. */
    private volatile List<ServiceInstance> healthy = List.of();

    /** @param worst instances whose health is worse are left out */
    Discovery(CoordClient client, String service, Health worst) {
        this.service = service;
        this.worst = worst;
        watch = client.prepareWatch(
                WatchTarget.service(service), WatchMode.STREAM, ReadMode.LINEARIZABLE, this::updated);
    }

    void open() {
        watch.open();
    }

    private void updated(WatchUpdate<ServiceInstance> update) {
        List<ServiceInstance> now = watch.items().values().stream()
                .filter(instance -> instance.health().compareTo(worst) <= 0)
                .sorted(Comparator.comparing(ServiceInstance::node).thenComparing(ServiceInstance::id))
                .toList();
        boolean changed = update.first() || !now.equals(healthy);
        healthy = now;
        if (changed) {
            listeners.forEach(listener -> tell(listener, now));
        }
    }

    private void tell(Consumer<List<ServiceInstance>> listener, List<ServiceInstance> instances) {
        try {
            listener.accept(instances);
        } catch (RuntimeException e) {
            log.error("A listener of the discovery of service '{}' failed", service, e);
        }
    }

    /** The service's name. */
    public String service() {
        return service;
    }

    /** The healthy instances as last known, by node and id; immutable. Empty until {@link #awaitReady}. */
    public List<ServiceInstance> instances() {
        return healthy;
    }

    /** The healthy instances one after the other; empty when there is none. */
    public Optional<ServiceInstance> pick() {
        List<ServiceInstance> now = healthy;
        return now.isEmpty()
                ? Optional.empty()
                : Optional.of(now.get(Math.floorMod(turn.getAndIncrement(), now.size())));
    }

    /**
     * Waits until the instances are known for the first time.
     *
     * @throws CoordException with {@link CoordException.Reason#TIMEOUT} when it takes longer
     */
    public Discovery awaitReady(Duration timeout) {
        watch.awaitReady(timeout);
        return this;
    }

    /** True while a server confirms that this is the newest; false while one is looked for. */
    public boolean isLive() {
        return watch.isLive();
    }

    /** How long ago a server last confirmed that this is the newest: a few seconds at most while {@link #isLive()}. */
    public Duration age() {
        return watch.age();
    }

    /** The watch that keeps this up to date, for its mode, revision and last failure. Closing it ends the discovery. */
    public Watch<ServiceInstance> watch() {
        return watch;
    }

    /**
     * Tells of every change to {@link #instances()} from now on, on the client's executor, one call at a time.
     *
     * @return removes the listener
     * @throws IllegalStateException beyond {@link #LISTENERS_MAX}
     */
    public Runnable addListener(Consumer<List<ServiceInstance>> listener) {
        synchronized (listeners) {
            if (listeners.size() >= LISTENERS_MAX) {
                throw new IllegalStateException(
                        "The discovery of service '" + service + "' has its limit of " + LISTENERS_MAX + " listeners");
            }
            listeners.add(listener);
        }
        return () -> listeners.remove(listener);
    }

    /** Ends the watch; what is known stays readable. */
    @Override
    public void close() {
        watch.close();
    }
}
