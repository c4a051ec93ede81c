package dev.coord.client;

/** One call that a watch learns from. Its events go to the watch's own thread, with the feed that they came from. */
interface Feed {

    void start();

    /** The event was handled: the next one may come. */
    void more();

    /** Ends the call; events that are on their way are the watch's to ignore. Any thread. */
    void cancel();
}
