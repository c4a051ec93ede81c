package dev.coord.streaming;

class ShardedHubTest extends HubContract {

    @Override
    HubShape shape() {
        return HubShape.SHARDED;
    }
}
