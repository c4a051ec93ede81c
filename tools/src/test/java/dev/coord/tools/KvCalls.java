package dev.coord.tools;

import dev.coord.server.history.KeyModel.Asked;
import dev.coord.server.history.KeyModel.Found;
import dev.coord.server.history.KeyModel.Wrote;

/** A way to ask a server for keys. Any thread. */
interface KvCalls {

    /** There is no answer. */
    final class Unanswered extends Exception {
        private static final long serialVersionUID = 1;

        private final boolean surelyNotDone;

        Unanswered(boolean surelyNotDone, String why) {
            super(why);
            this.surelyNotDone = surelyNotDone;
        }

        /** False: it may have been done, or may yet be. */
        boolean isSurelyNotDone() {
            return surelyNotDone;
        }
    }

    /**
     * Reads; must see everything.
     *
     * @param saidSo the request says that it must; else it says nothing, and is to be answered no worse
     */
    Found get(ServerUnderTest server, String key, boolean saidSo) throws Unanswered;

    /** @throws AssertionError when it was refused as one that nobody may ask */
    Wrote write(ServerUnderTest server, String key, Asked asked) throws Unanswered;
}
