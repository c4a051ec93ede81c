package dev.coord.streaming;

/** The hub has as many subscribers as it was allowed; the message names the limit. */
public final class HubFullException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public HubFullException(String message) {
        super(message);
    }

    static HubFullException ofSubscriptions(HubOptions options) {
        return new HubFullException("the hub has reached its bound of " + options.subscriptionsMax()
                + " subscriptions (subscriptionsMax); try another server, or later");
    }

    static HubFullException ofWaiters(HubOptions options) {
        return new HubFullException("the hub has reached its bound of " + options.waitersMax()
                + " waiters (waitersMax); try another server, or later");
    }
}
