package dev.coord.streaming;

import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

class SingleHubTest extends HubContract {

    @Override
    HubShape shape() {
        return HubShape.SINGLE;
    }

    @Override
    @Test
    @Disabled("every change to a topic wakes all who watch anything of it: what this shape is kept to show")
    void onlySubscribersOfTheSubjectsTouchedAreWoken() {}

    @Override
    @Test
    @Disabled("the publisher calls the subscribers itself: what this shape is kept to show")
    void publishingReturnsWhileASubscriberHangs() {}
}
