package dev.coord.server.raft;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The network between the servers of a test: links that are cut one way or both ways, that delay and that lose. Between a
 * server and the gRPC channel to another one, so the messages are the real ones. Safe from any thread.
 *
 * <p>A direction is a link of its own: what a server asks goes over one, what it is answered over the other. Order within a
 * stream is kept, as TCP keeps it. What is lost of a call with one answer breaks it. A stream goes silent and breaks with the
 * next message that gets through: as with TCP, no message comes after one that was lost. On a cut link messages are lost, or
 * held and delivered when the link is whole again.
 */
final class FaultyNetwork implements AutoCloseable {

    /** From one Raft address to another. */
    record Link(String from, String to) {
        Link back() {
            return new Link(to, from);
        }
    }

    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final ScheduledExecutorService wire = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "faulty-network");
        thread.setDaemon(true);
        return thread;
    });
    private final Set<Link> cut = ConcurrentHashMap.newKeySet();
    /** Guarded by itself. */
    private final Random random;

    private volatile boolean holding;
    private volatile int lostPerMille;
    private volatile int delayMillisMax;

    FaultyNetwork(long seed) {
        random = new Random(seed);
    }

    /** @param hold what would go over it is delivered when it is whole again, else lost */
    void cut(List<Link> links, boolean hold) {
        holding = hold;
        cut.addAll(links);
    }

    void mend(List<Link> links) {
        links.forEach(cut::remove);
    }

    /** Of a thousand messages, about so many from now on. */
    void lose(int perMille) {
        lostPerMille = perMille;
    }

    /** Each message by up to this long from now on, but in order. */
    void delay(int millisMax) {
        delayMillisMax = millisMax;
    }

    private int below(int bound) {
        synchronized (random) {
            return random.nextInt(bound);
        }
    }

    private boolean loses(Link link) {
        int perMille = lostPerMille;
        return cut.contains(link) || (perMille > 0 && below(1_000) < perMille);
    }

    private boolean holds(Link link) {
        return holding && cut.contains(link);
    }

    /** What the server of this address has between itself and the others. */
    ClientInterceptor seenFrom(String from) {
        return new ClientInterceptor() {
            @Override
            public <Q, R> ClientCall<Q, R> interceptCall(
                    MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
                boolean stream = method.getType() == MethodDescriptor.MethodType.BIDI_STREAMING;
                return new Call<>(next.newCall(method, options), new Link(from, next.authority()), stream);
            }
        };
    }

    @Override
    public void close() {
        wire.shutdownNow();
    }

    private record Parcel(long atNanos, boolean urgent, Runnable delivery) {}

    /** One direction of one call: delivers in order, one at a time. */
    private final class Direction {

        private final Link link;
        /** Guarded by this. */
        private final Deque<Parcel> underWay = new ArrayDeque<>();
        /** Guarded by this. */
        private boolean delivering;

        private Direction(Link link) {
            this.link = link;
        }

        void send(Runnable delivery) {
            int max = delayMillisMax;
            long delay = max == 0 ? 0 : TimeUnit.MILLISECONDS.toNanos(below(max));
            synchronized (this) {
                if (delivering || delay > 0 || holds(link)) {
                    add(new Parcel(System.nanoTime() + delay, false, delivery));
                    return;
                }
            }
            delivery.run();
        }

        /** Instead of all that is under way. */
        synchronized void sendAtOnce(Runnable delivery) {
            underWay.clear();
            add(new Parcel(System.nanoTime(), true, delivery));
        }

        private void add(Parcel parcel) {
            underWay.add(parcel);
            if (!delivering) {
                delivering = true;
                deliverAfter(parcel.atNanos - System.nanoTime());
            }
        }

        private void deliverAfter(long nanos) {
            try {
                var unused = wire.schedule(this::deliver, Math.max(nanos, 0), TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException e) {
                // The test is over.
            }
        }

        private void deliver() {
            while (true) {
                Parcel next;
                synchronized (this) {
                    next = underWay.peek();
                    if (next == null) {
                        delivering = false;
                        return;
                    }
                    long wait = next.atNanos - System.nanoTime();
                    if (!next.urgent && (wait > 0 || holds(link))) {
                        deliverAfter(wait > 0 ? wait : LOOK_AGAIN_NANOS);
                        return;
                    }
                    underWay.poll();
                }
                next.delivery.run();
            }
        }
    }

    private final class Call<Q, R> extends SimpleForwardingClientCall<Q, R> {

        private final Direction there;
        private final Direction back;
        private final boolean stream;

        private volatile boolean broken;
        private volatile boolean begun;
        /** Something of the stream was lost, in either direction. */
        private volatile boolean gap;

        /** Of the direction there. */
        private boolean sent;

        private Call(ClientCall<Q, R> call, Link link, boolean stream) {
            super(call);
            there = new Direction(link);
            back = new Direction(link.back());
            this.stream = stream;
        }

        @Override
        public void start(ClientCall.Listener<R> listener, Metadata headers) {
            if (cut.contains(there.link) || cut.contains(back.link)) {
                broken = true;
                back.sendAtOnce(() -> listener.onClose(
                        Status.UNAVAILABLE.withDescription("no way to " + there.link.to), new Metadata()));
                return;
            }
            begun = true;
            super.start(new Answers(listener), headers);
        }

        @Override
        public void request(int messages) {
            if (begun) {
                super.request(messages);
            }
        }

        @Override
        public void cancel(String message, Throwable cause) {
            if (begun) {
                super.cancel(message, cause);
            }
        }

        @Override
        public void sendMessage(Q message) {
            there.send(() -> {
                boolean first = !sent;
                sent = true;
                if (broken) {
                    return;
                }
                boolean lost = loses(there.link);
                if (!lost && !gap) {
                    super.sendMessage(message);
                } else if (!stream || first || !lost) {
                    breakOff();
                } else {
                    gap = true;
                }
            });
        }

        @Override
        public void halfClose() {
            there.send(() -> {
                if (!broken) {
                    super.halfClose();
                }
            });
        }

        private void breakOff() {
            broken = true;
            super.cancel("lost on the way", null);
        }

        /** What comes back. */
        private final class Answers extends ClientCall.Listener<R> {

            private final ClientCall.Listener<R> listener;
            /** Of the direction back. */
            private boolean received;

            private boolean closed;

            private Answers(ClientCall.Listener<R> listener) {
                this.listener = listener;
            }

            @Override
            public void onMessage(R message) {
                back.send(() -> {
                    boolean first = !received;
                    received = true;
                    if (broken || closed) {
                        return;
                    }
                    boolean lost = loses(back.link);
                    if (!lost && !gap) {
                        listener.onMessage(message);
                    } else if (!stream || first || !lost) {
                        breakOff();
                    } else {
                        gap = true;
                        // The listener asks for the next one with each that it gets.
                        Call.super.request(1);
                    }
                });
            }

            @Override
            public void onClose(Status status, Metadata trailers) {
                Status seen = broken ? Status.UNAVAILABLE.withDescription("lost on the way") : status;
                Runnable delivery = () -> {
                    closed = true;
                    listener.onClose(seen, trailers);
                };
                if (seen.isOk()) {
                    back.send(delivery);
                } else {
                    back.sendAtOnce(delivery);
                }
            }
        }
    }
}
