package dev.coord.server.grpc;

import dev.coord.api.v1.FlagDefinition;
import dev.coord.api.v1.FlagDelta;
import dev.coord.api.v1.FlagVersion;
import dev.coord.api.v1.Instance;
import dev.coord.api.v1.KeyValue;
import dev.coord.server.command.ApiMapping;
import dev.coord.server.state.Change.ServiceInstance;
import dev.coord.server.state.FlagEntry;
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

    static FlagVersion toMessage(dev.coord.server.state.FlagVersion version) {
        FlagVersion.Builder message = FlagVersion.newBuilder()
                .setRevision(version.revision())
                .setTimeMs(version.timeMillis())
                .setAuthor(version.author())
                .setAction(ApiMapping.toMessage(version.action()));
        version.deltas().forEach(delta -> {
            FlagDelta.Builder one = message.addDeltasBuilder().setName(delta.name());
            if (delta.from() != null) {
                one.setFrom(delta.from());
            }
            if (delta.to() != null) {
                one.setTo(delta.to());
            }
        });
        return message.build();
    }

    static FlagDefinition toMessage(FlagEntry definition) {
        return FlagDefinition.newBuilder()
                .setName(definition.name())
                .setJson(definition.definition())
                .setCreateRevision(definition.createIndex())
                .setModifyRevision(definition.modifyIndex())
                .build();
    }

    static Instance toMessage(ServiceInstance instance) {
        Instance.Builder message = Instance.newBuilder()
                .setNode(ApiMapping.toMessage(instance.node()))
                .setService(ApiMapping.toMessage(instance.service()));
        instance.checks().forEach(check -> message.addChecks(ApiMapping.toMessage(check)));
        return message.build();
    }
}
