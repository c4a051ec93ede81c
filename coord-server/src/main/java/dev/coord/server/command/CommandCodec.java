package dev.coord.server.command;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.coord.api.storage.v1.ChangeFlags;
import dev.coord.api.storage.v1.ChangeRollout;
import dev.coord.api.storage.v1.CreateSession;
import dev.coord.api.storage.v1.DeleteQuery;
import dev.coord.api.storage.v1.Deregister;
import dev.coord.api.storage.v1.DestroySession;
import dev.coord.api.storage.v1.FireEvent;
import dev.coord.api.storage.v1.InitCluster;
import dev.coord.api.storage.v1.KvDelete;
import dev.coord.api.storage.v1.KvDeleteTree;
import dev.coord.api.storage.v1.KvPut;
import dev.coord.api.storage.v1.LoggedCommand;
import dev.coord.api.storage.v1.Register;
import dev.coord.api.storage.v1.RestoreChunk;
import dev.coord.api.storage.v1.SetAutopilot;
import dev.coord.api.storage.v1.SetQuery;
import dev.coord.api.storage.v1.UpdateCheck;
import dev.coord.api.storage.v1.UpdateCoordinates;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands as they stand in the log, {@link LoggedCommand}. Safe from any thread. */
public final class CommandCodec {

    private CommandCodec() {}

    public static byte[] encode(Command command, long timeMillis) {
        return toMessage(command, timeMillis).toByteArray();
    }

    public static LoggedCommand toMessage(Command command, long timeMillis) {
        LoggedCommand.Builder logged = LoggedCommand.newBuilder().setTimeMs(timeMillis);
        if (command instanceof Command.KvPut put) {
            logged.setKvPut(kvPut(put));
        } else if (command instanceof Command.KvDelete delete) {
            KvDelete.Builder message = KvDelete.newBuilder().setKey(delete.key());
            if (delete.cas() != null) {
                message.setCas(delete.cas());
            }
            logged.setKvDelete(message);
        } else if (command instanceof Command.KvDeleteTree delete) {
            logged.setKvDeleteTree(KvDeleteTree.newBuilder().setPrefix(delete.prefix()));
        } else if (command instanceof Command.Register register) {
            logged.setRegister(register(register));
        } else if (command instanceof Command.Deregister deregister) {
            logged.setDeregister(Deregister.newBuilder()
                    .setNode(deregister.node())
                    .setServiceId(orEmpty(deregister.serviceId()))
                    .setCheckId(orEmpty(deregister.checkId())));
        } else if (command instanceof Command.UpdateCheck update) {
            logged.setUpdateCheck(UpdateCheck.newBuilder()
                    .setNode(update.node())
                    .setCheckId(update.checkId())
                    .setStatus(ApiMapping.toMessage(update.status()))
                    .setOutput(update.output()));
        } else if (command instanceof Command.CreateSession create) {
            logged.setCreateSession(CreateSession.newBuilder().setSession(ApiMapping.toMessage(create.session())));
        } else if (command instanceof Command.DestroySession destroy) {
            logged.setDestroySession(DestroySession.newBuilder().setId(destroy.id()));
        } else if (command instanceof Command.ChangeFlags change) {
            logged.setChangeFlags(changeFlags(change));
        } else if (command instanceof Command.ChangeRollout change) {
            logged.setChangeRollout(ChangeRollout.newBuilder()
                    .setRollout(change.rollout())
                    .setExpectedRevision(change.expectedRevision())
                    .setExpectedSetIndex(change.expectedSetIndex())
                    .setWriteFlag(change.writesFlag()));
        } else if (command instanceof Command.InitCluster init) {
            logged.setInitCluster(InitCluster.newBuilder().setClusterId(init.clusterId()));
        } else if (command instanceof Command.Txn txn) {
            logged.setTxn(TxnCodec.toMessage(txn));
        } else if (command instanceof Command.SetQuery set) {
            logged.setSetQuery(SetQuery.newBuilder().setQuery(set.query()).setUpdate(set.update()));
        } else if (command instanceof Command.DeleteQuery delete) {
            logged.setDeleteQuery(DeleteQuery.newBuilder().setId(delete.id()));
        } else if (command instanceof Command.FireEvent fire) {
            logged.setFireEvent(FireEvent.newBuilder().setEvent(fire.event()));
        } else if (command instanceof Command.UpdateCoordinates update) {
            logged.setUpdateCoordinates(UpdateCoordinates.newBuilder().addAllCoordinates(update.coordinates()));
        } else if (command instanceof Command.RestoreChunk chunk) {
            logged.setRestoreChunk(RestoreChunk.newBuilder()
                    .setId(chunk.id())
                    .setNumber(chunk.number())
                    .setData(chunk.data())
                    .setLast(chunk.last()));
        } else if (command instanceof Command.SetAutopilot set) {
            SetAutopilot.Builder message = SetAutopilot.newBuilder().setConfig(set.config());
            if (set.cas() != null) {
                message.setCas(set.cas());
            }
            logged.setSetAutopilot(message);
        } else if (command instanceof Command.Acl acl) {
            logged.setAcl(AclCodec.toMessage(acl.change()));
        } else {
            throw new IllegalStateException("no encoding for a " + command.getClass());
        }
        return logged.build();
    }

    private static KvPut kvPut(Command.KvPut put) {
        KvPut.Builder message = KvPut.newBuilder()
                .setKey(put.key())
                .setValue(put.value())
                .setFlags(put.flags())
                .setAcquire(orEmpty(put.acquire()))
                .setRelease(orEmpty(put.release()));
        if (put.cas() != null) {
            message.setCas(put.cas());
        }
        return message.build();
    }

    private static ChangeFlags changeFlags(Command.ChangeFlags change) {
        ChangeFlags.Builder message = ChangeFlags.newBuilder()
                .setSet(change.set())
                .addAllRemove(change.remove())
                .setDrop(change.drop())
                .setExpectedIndex(change.expectedIndex())
                .setAuthor(change.author())
                .setAction(ApiMapping.toMessage(change.action()));
        change.put()
                .forEach(definition ->
                        message.addPutBuilder().setName(definition.name()).setDefinition(definition.json()));
        return message.build();
    }

    private static Register register(Command.Register register) {
        Register.Builder message = Register.newBuilder()
                .setNode(ApiMapping.toMessage(register.node()))
                .setSkipNodeUpdate(register.skipNodeUpdate());
        if (register.service() != null) {
            message.setService(ApiMapping.toMessage(register.service()));
        }
        register.checks().forEach(check -> message.addChecks(ApiMapping.toMessage(check)));
        return message.build();
    }

    /**
     * Reads one entry of the log. The command shares no memory with the bytes.
     *
     * @throws CommandFormatException when the bytes are no command, or one of a newer build
     */
    public static TimedCommand decode(ByteBuffer bytes) {
        try {
            return decode(LoggedCommand.parseFrom(bytes));
        } catch (InvalidProtocolBufferException e) {
            throw damaged(e);
        }
    }

    /** As {@link #decode(ByteBuffer)}. */
    public static TimedCommand decode(byte[] bytes) {
        try {
            return decode(LoggedCommand.parseFrom(bytes));
        } catch (InvalidProtocolBufferException e) {
            throw damaged(e);
        }
    }

    private static CommandFormatException damaged(InvalidProtocolBufferException e) {
        return new CommandFormatException(
                "a log entry is not a command (" + e.getMessage() + "): the log is damaged, verify it");
    }

    /**
     * Reads one message.
     *
     * @throws CommandFormatException when it is a command of a newer build
     */
    public static TimedCommand decode(LoggedCommand logged) {
        try {
            return new TimedCommand(command(logged), logged.getTimeMs());
        } catch (IllegalArgumentException e) {
            throw new CommandFormatException("the log entry's command " + logged.getCommandCase()
                    + " does not make sense: " + e.getMessage() + "; a newer build wrote it or the log is damaged");
        }
    }

    private static Command command(LoggedCommand logged) {
        refuseUnknown(logged, "an entry");
        return switch (logged.getCommandCase()) {
            case KV_PUT -> {
                KvPut put = known(logged.getKvPut());
                yield new Command.KvPut(
                        put.getKey(),
                        put.getValue(),
                        put.getFlags(),
                        put.hasCas() ? put.getCas() : null,
                        orNull(put.getAcquire()),
                        orNull(put.getRelease()));
            }
            case KV_DELETE -> {
                KvDelete delete = known(logged.getKvDelete());
                yield new Command.KvDelete(delete.getKey(), delete.hasCas() ? delete.getCas() : null);
            }
            case KV_DELETE_TREE ->
                new Command.KvDeleteTree(known(logged.getKvDeleteTree()).getPrefix());
            case REGISTER -> {
                Register register = known(logged.getRegister());
                yield new Command.Register(
                        ApiMapping.fromMessage(register.getNode()),
                        register.hasService() ? ApiMapping.fromMessage(register.getService()) : null,
                        register.getChecksList().stream()
                                .map(ApiMapping::fromMessage)
                                .toList(),
                        register.getSkipNodeUpdate());
            }
            case DEREGISTER -> {
                Deregister deregister = known(logged.getDeregister());
                yield new Command.Deregister(
                        deregister.getNode(), orNull(deregister.getServiceId()), orNull(deregister.getCheckId()));
            }
            case UPDATE_CHECK -> {
                UpdateCheck update = known(logged.getUpdateCheck());
                yield new Command.UpdateCheck(
                        update.getNode(),
                        update.getCheckId(),
                        ApiMapping.fromMessage(update.getStatus()),
                        update.getOutput());
            }
            case CREATE_SESSION ->
                new Command.CreateSession(
                        ApiMapping.fromMessage(known(logged.getCreateSession()).getSession()));
            case DESTROY_SESSION ->
                new Command.DestroySession(known(logged.getDestroySession()).getId());
            case CHANGE_FLAGS -> {
                ChangeFlags change = known(logged.getChangeFlags());
                yield new Command.ChangeFlags(
                        change.getSet(),
                        change.getPutList().stream()
                                .map(text -> new Command.ChangeFlags.Definition(text.getName(), text.getDefinition()))
                                .toList(),
                        change.getRemoveList(),
                        change.getDrop(),
                        change.getExpectedIndex(),
                        change.getAuthor(),
                        ApiMapping.fromMessage(change.getAction()));
            }
            case CHANGE_ROLLOUT -> {
                ChangeRollout change = known(logged.getChangeRollout());
                yield new Command.ChangeRollout(
                        change.getRollout(),
                        change.getExpectedRevision(),
                        change.getExpectedSetIndex(),
                        change.getWriteFlag());
            }
            case INIT_CLUSTER ->
                new Command.InitCluster(known(logged.getInitCluster()).getClusterId());
            case TXN -> TxnCodec.fromMessage(known(logged.getTxn()));
            case SET_QUERY -> {
                SetQuery set = known(logged.getSetQuery());
                yield new Command.SetQuery(known(set.getQuery()), set.getUpdate());
            }
            case DELETE_QUERY ->
                new Command.DeleteQuery(known(logged.getDeleteQuery()).getId());
            case FIRE_EVENT ->
                new Command.FireEvent(known(known(logged.getFireEvent()).getEvent()));
            case UPDATE_COORDINATES ->
                new Command.UpdateCoordinates(
                        known(logged.getUpdateCoordinates()).getCoordinatesList());
            case RESTORE_CHUNK -> {
                RestoreChunk chunk = known(logged.getRestoreChunk());
                yield new Command.RestoreChunk(chunk.getId(), chunk.getNumber(), chunk.getData(), chunk.getLast());
            }
            case SET_AUTOPILOT -> {
                SetAutopilot set = known(logged.getSetAutopilot());
                yield new Command.SetAutopilot(known(set.getConfig()), set.hasCas() ? set.getCas() : null);
            }
            case ACL -> {
                refuseUnknownIn(logged.getAcl());
                yield new Command.Acl(AclCodec.fromMessage(logged.getAcl()));
            }
            case COMMAND_NOT_SET ->
                throw new CommandFormatException("a log entry holds no command: the log is damaged, verify it");
        };
    }

    static <M extends Message> M known(M message) {
        refuseUnknown(message, message.getDescriptorForType().getName());
        return message;
    }

    /** Of the message and all that it holds. */
    private static void refuseUnknownIn(Message message) {
        known(message);
        for (Object value : message.getAllFields().values()) {
            List<?> values = value instanceof List<?> list ? list : List.of(value);
            values.forEach(held -> {
                if (held instanceof Message inner) {
                    refuseUnknownIn(inner);
                }
            });
        }
    }

    /** A field that this build skips could make this server's state differ from its peers'. */
    private static void refuseUnknown(Message message, String name) {
        if (!message.getUnknownFields().asMap().isEmpty()) {
            throw new CommandFormatException("the log holds " + name + " with field numbers "
                    + message.getUnknownFields().asMap().keySet()
                    + ", which this build does not know: a newer build wrote it; start that build or a later one");
        }
    }

    static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
