package dev.coord.server.grpc;

import dev.coord.api.v1.DeleteRequest;
import dev.coord.api.v1.DeleteResponse;
import dev.coord.api.v1.GetRequest;
import dev.coord.api.v1.GetResponse;
import dev.coord.api.v1.KeyValue;
import dev.coord.api.v1.ListRequest;
import dev.coord.api.v1.ListResponse;
import dev.coord.api.v1.PutRequest;
import dev.coord.api.v1.PutResponse;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.CommandValidation;
import dev.coord.server.limits.Limits;
import dev.coord.server.limits.Limits.Verdict;
import dev.coord.server.state.KvEntry;
import dev.coord.server.state.State;

/** The meaning of the KV messages, for single calls and pipelines alike. Checked before the log sees them. */
final class KvRequests {

    /** The most keys that one page of a list holds. */
    static final int LIST_KEYS_MAX = 1_000;

    private final Reads reads;
    private final int listBytesMax;
    private final Limits admission;

    KvRequests(Reads reads, int listBytesMax, Limits admission) {
        this.reads = reads;
        this.listBytesMax = listBytesMax;
        this.admission = admission;
    }

    Command put(PutRequest request, Authorizer may) {
        may.requireWrite(Resource.KEY, request.getKey());
        Command.KvPut command = new Command.KvPut(
                request.getKey(),
                request.getValue(),
                request.getFlags(),
                request.hasIfModifyRevision() ? request.getIfModifyRevision() : null,
                request.getAcquire().isEmpty() ? null : request.getAcquire(),
                request.getRelease().isEmpty() ? null : request.getRelease());
        int max = admission.settings().valueBytesMax();
        if (request.getValue().size() > max) {
            throw Statuses.invalid("Value for key \"%s\" is too large: %d bytes, at most %d"
                    .formatted(request.getKey(), request.getValue().size(), max));
        }
        CommandValidation.validate(command);
        return command;
    }

    /** For one request of a pipeline; throws its status where it is one too many. */
    void admit(boolean read) {
        Verdict verdict = read ? admission.read() : admission.write();
        if (verdict != Verdict.ADMITTED) {
            throw Admission.status(verdict).asRuntimeException();
        }
    }

    PutResponse put(CommandResult result) {
        return PutResponse.newBuilder()
                .setApplied(result.ok())
                .setRevision(result.revision())
                .build();
    }

    Command delete(DeleteRequest request, Authorizer may) {
        Command command;
        if (request.getRecurse()) {
            if (request.hasIfModifyRevision()) {
                throw Statuses.invalid("if_modify_revision goes with one key, not with recurse: leave one of them out");
            }
            may.requireWriteKeysUnder(request.getKey());
            command = new Command.KvDeleteTree(request.getKey());
        } else {
            may.requireWrite(Resource.KEY, request.getKey());
            command = new Command.KvDelete(
                    request.getKey(), request.hasIfModifyRevision() ? request.getIfModifyRevision() : null);
        }
        CommandValidation.validate(command);
        return command;
    }

    DeleteResponse delete(CommandResult result) {
        return DeleteResponse.newBuilder()
                .setApplied(result.ok())
                .setRevision(result.revision())
                .build();
    }

    GetResponse get(State state, GetRequest request, Authorizer may) {
        if (request.getKey().isEmpty()) {
            throw Statuses.invalid("key is empty: name one, or use List for all keys");
        }
        may.requireRead(Resource.KEY, request.getKey());
        GetResponse.Builder answer = GetResponse.newBuilder().setFreshness(reads.freshness(state));
        KvEntry entry = state.kv(request.getKey());
        if (entry != null) {
            answer.setKv(StateMapping.toMessage(entry));
        }
        return answer.build();
    }

    ListResponse list(State state, ListRequest request, Authorizer may) {
        may.requireListKeys(request.getPrefix());
        int limit = request.getLimit() <= 0 ? LIST_KEYS_MAX : Math.min(request.getLimit(), LIST_KEYS_MAX);
        ListResponse.Builder page = ListResponse.newBuilder()
                .setFreshness(reads.freshness(state))
                .setPrefixRevision(state.kvPrefixIndex(request.getPrefix()));
        long[] bytes = {0};
        state.kvScan(request.getPrefix(), request.getAfter().isEmpty() ? null : request.getAfter(), entry -> {
            if (!may.mayRead(Resource.KEY, entry.key())) {
                return true;
            }
            if (page.getKvsCount() == limit || bytes[0] >= listBytesMax) {
                page.setMore(true);
                return false;
            }
            KeyValue kv = StateMapping.toMessage(entry);
            if (request.getKeysOnly()) {
                kv = kv.toBuilder().clearValue().build();
            }
            bytes[0] += kv.getSerializedSize();
            page.addKvs(kv);
            return true;
        });
        return page.build();
    }
}
