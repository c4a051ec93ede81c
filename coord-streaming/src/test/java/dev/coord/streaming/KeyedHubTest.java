package dev.coord.streaming;

class KeyedHubTest extends HubContract {

    @Override
    HubShape shape() {
        return HubShape.KEYED;
    }
}
