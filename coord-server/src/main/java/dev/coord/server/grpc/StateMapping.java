package dev.coord.server.grpc;

import dev.coord.api.v1.Instance;
import dev.coord.api.v1.KeyValue;
import dev.coord.server.command.ApiMapping;
import dev.coord.server.state.Change.ServiceInstance;
import dev.coord.server.state.KvEntry;

/** What the state holds, as the API says it. The rest is in {@link ApiMapping}. */
final class StateMapping {

    private StateMapping() {}

    static KeyValue toMessage(KvEntry entry) {
        KeyValue.Builder message = KeyValue.newBuilder()
                .setKey(entry.key())
                .setValue(entry.value())
                .setFlags(entry.flags())
                .setCreateRevision(entry.createIndex())
                .setModifyRevision(entry.modifyIndex())
                .setLockIndex(entry.lockIndex());
        if (entry.session() != null) {
            message.setSession(entry.session());
        }
        return message.build();
    }

    static Instance toMessage(ServiceInstance instance) {
        Instance.Builder message = Instance.newBuilder()
                .setNode(ApiMapping.toMessage(instance.node()))
                .setService(ApiMapping.toMessage(instance.service()));
        instance.checks().forEach(check -> message.addChecks(ApiMapping.toMessage(check)));
        return message.build();
    }
}
