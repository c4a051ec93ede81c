package dev.coord.server.command;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.coord.api.storage.v1.Coordinate;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;

/** Holds commands to {@link CommandLimits} before they are proposed. Safe from any thread. */
public final class CommandValidation {

    private static final int PORT_MAX = 65_535;

    private CommandValidation() {}

    /**
     * Returns when the command may be proposed.
     *
     * @throws ConsensusException {@link ConsensusException.Reason#INVALID}; the message names the limit and the value, fit
     *     for the client's eyes
     */
    public static void validate(Command command) {
        if (command instanceof Command.KvPut put) {
            validate(put);
        } else if (command instanceof Command.KvDelete delete) {
            requireKey(delete.key());
        } else if (command instanceof Command.KvDeleteTree delete) {
            requireKeyBytes(delete.prefix());
        } else if (command instanceof Command.Register register) {
            validate(register);
        } else if (command instanceof Command.Deregister deregister) {
            requireGiven(deregister.node(), "Must provide node");
        } else if (command instanceof Command.UpdateCheck update) {
            requireGiven(update.node(), "Must provide node");
            requireGiven(update.checkId(), "Must provide CheckID");
            requireOutput(update.checkId(), update.output());
        } else if (command instanceof Command.CreateSession create) {
            validate(create.session());
        } else if (command instanceof Command.DestroySession destroy) {
            requireGiven(destroy.id(), "Must provide session id");
        } else if (command instanceof Command.ChangeFlags change) {
            requireGiven(change.set(), "Must provide the name of a flag set");
            requireSize(change);
        } else if (command instanceof Command.ChangeRollout change) {
            requireGiven(change.rollout().getFeature(), "Must provide a feature");
            require(change.rollout().getEventsCount() > 0, () -> "A change of a rollout says what happened");
        } else if (command instanceof Command.InitCluster init) {
            requireGiven(init.clusterId(), "Must provide a cluster id");
        } else if (command instanceof Command.Acl acl) {
            AclValidation.validate(acl.change());
        } else if (command instanceof Command.Txn txn) {
            validate(txn);
        } else if (command instanceof Command.SetQuery set) {
            requireGiven(set.query().getId(), "Must provide a query id");
            requireMessage("The query", set.query(), CommandLimits.QUERY_BYTES_MAX);
        } else if (command instanceof Command.DeleteQuery delete) {
            requireGiven(delete.id(), "Must provide a query id");
        } else if (command instanceof Command.FireEvent fire) {
            requireGiven(fire.event().getName(), "Missing name");
            requireMessage("The event", fire.event(), CommandLimits.EVENT_BYTES_MAX);
        } else if (command instanceof Command.UpdateCoordinates update) {
            update.coordinates().forEach(CommandValidation::validate);
            requireSize(update);
        }
    }

    private static void validate(Command.Txn txn) {
        require(
                txn.ops().size() <= CommandLimits.TXN_OPS_MAX,
                () -> "Transaction contains too many operations (%d > %d)"
                        .formatted(txn.ops().size(), CommandLimits.TXN_OPS_MAX));
        for (TxnOp op : txn.ops()) {
            if (op instanceof TxnOp.Kv kv) {
                requireKeyBytes(kv.key());
                requireValue(kv.key(), kv.value());
            } else if (op instanceof TxnOp.Node node) {
                requireText("Node name", node.node().name());
                requireMeta("Node", node.node().meta());
            } else if (op instanceof TxnOp.Service service) {
                requireText("Service name", service.service().name());
                requireText("Service ID", service.service().id());
                requireMeta("Service", service.service().meta());
            } else if (op instanceof TxnOp.Check check) {
                requireText("CheckID", check.check().id());
                requireOutput(check.check().id(), check.check().output());
            }
        }
        requireSize(txn);
    }

    private static void validate(Coordinate coordinate) {
        requireGiven(coordinate.getNode(), "Must provide node");
        requireText("Node name", coordinate.getNode());
        requireText("Segment", coordinate.getSegment());
        DoubleStream numbers = DoubleStream.concat(
                coordinate.getVecList().stream().mapToDouble(Double::doubleValue),
                DoubleStream.of(coordinate.getError(), coordinate.getAdjustment(), coordinate.getHeight()));
        require(
                coordinate.getVecCount() == CommandLimits.COORDINATE_DIMENSIONS && numbers.allMatch(Double::isFinite),
                () -> "incompatible coordinate: it must have %d finite numbers"
                        .formatted(CommandLimits.COORDINATE_DIMENSIONS));
    }

    private static void requireMessage(String what, Message message, int bytesMax) {
        require(message.getSerializedSize() <= bytesMax, () -> "%s is too large: %d bytes, at most %d"
                .formatted(what, message.getSerializedSize(), bytesMax));
    }

    private static void validate(Command.KvPut put) {
        requireKey(put.key());
        requireValue(put.key(), put.value());
        require(put.acquire() == null || put.release() == null, () -> "Conflicting flags: acquire=%s&release=%s"
                .formatted(put.acquire(), put.release()));
        require(!"".equals(put.acquire()) && !"".equals(put.release()), () -> "missing session");
    }

    private static void requireValue(String key, ByteString value) {
        require(
                value.size() <= CommandLimits.VALUE_BYTES_CEILING,
                () -> "Value for key \"%s\" is too large: %d bytes, at most %d"
                        .formatted(key, value.size(), CommandLimits.VALUE_BYTES_CEILING));
    }

    private static void requireKey(String key) {
        require(!key.isEmpty(), () -> "Missing key name");
        requireKeyBytes(key);
    }

    private static void requireKeyBytes(String key) {
        int bytes = utf8Bytes("Key", key);
        require(bytes <= CommandLimits.KEY_BYTES_MAX, () -> "Key is too long: %d bytes of UTF-8, at most %d"
                .formatted(bytes, CommandLimits.KEY_BYTES_MAX));
    }

    private static void validate(Command.Register register) {
        NodeEntry node = register.node();
        requireGiven(node.name(), "Must provide node");
        requireText("Node name", node.name());
        require(
                !node.address().isEmpty() || register.skipNodeUpdate(),
                () -> "Must provide address if SkipNodeUpdate is not set");
        requireMeta("Node", node.meta());
        if (register.service() != null) {
            validate(register.service());
        }
        register.checks().forEach(CommandValidation::validate);
        requireSize(register);
    }

    private static void validate(ServiceEntry service) {
        requireGiven(service.name(), "Must provide service name with ID");
        requireGiven(service.id(), "Must provide service ID");
        requireText("Service name", service.name());
        requireText("Service ID", service.id());
        require(service.port() >= 0 && service.port() <= PORT_MAX, () -> "Port %d of service \"%s\" is not from 0 to %d"
                .formatted(service.port(), service.id(), PORT_MAX));
        require(
                service.weightPassing() >= 0 && service.weightWarning() >= 0,
                () -> "Weights of service \"%s\" are below 0: passing %d, warning %d"
                        .formatted(service.id(), service.weightPassing(), service.weightWarning()));
        requireMeta("Service", service.meta());
    }

    private static void validate(CheckEntry check) {
        requireGiven(check.id(), "Must provide CheckID");
        requireText("CheckID", check.id());
        requireOutput(check.id(), check.output());
    }

    private static void requireOutput(String checkId, String output) {
        int bytes = utf8Bytes("Output", output);
        require(
                bytes <= CommandLimits.CHECK_OUTPUT_BYTES_MAX,
                () -> "Output of check \"%s\" is too long: %d bytes, at most %d"
                        .formatted(checkId, bytes, CommandLimits.CHECK_OUTPUT_BYTES_MAX));
    }

    private static void requireMeta(String of, Map<String, String> meta) {
        require(
                meta.size() <= CommandLimits.META_PAIRS_MAX,
                () -> "%s metadata cannot contain more than %d key/value pairs; it has %d"
                        .formatted(of, CommandLimits.META_PAIRS_MAX, meta.size()));
        meta.forEach((key, value) -> {
            require(!key.isEmpty(), () -> "%s metadata key cannot be blank".formatted(of));
            require(
                    key.length() <= CommandLimits.META_KEY_CHARS_MAX,
                    () -> "%s metadata key is too long (limit: %d characters, has %d)"
                            .formatted(of, CommandLimits.META_KEY_CHARS_MAX, key.length()));
            require(
                    value.length() <= CommandLimits.META_VALUE_CHARS_MAX,
                    () -> "%s metadata value of \"%s\" is too long (limit: %d characters, has %d)"
                            .formatted(of, key, CommandLimits.META_VALUE_CHARS_MAX, value.length()));
        });
    }

    private static void validate(SessionEntry session) {
        requireGiven(session.id(), "Missing session ID");
        requireGiven(session.node(), "Must provide Node.");
        boolean inRange = session.ttlMillis() >= CommandLimits.SESSION_TTL_MILLIS_MIN
                && session.ttlMillis() <= CommandLimits.SESSION_TTL_MILLIS_MAX;
        require(
                session.ttlMillis() == 0 || inRange,
                () -> "Invalid Session TTL %d ms, must be from %d to %d ms, or 0 for none"
                        .formatted(
                                session.ttlMillis(),
                                CommandLimits.SESSION_TTL_MILLIS_MIN,
                                CommandLimits.SESSION_TTL_MILLIS_MAX));
        require(session.lockDelayMillis() >= 0, () -> "Lock delay %d ms is below 0"
                .formatted(session.lockDelayMillis()));
        requireSize(new Command.CreateSession(session));
    }

    private static void requireSize(Command command) {
        int bytes = CommandCodec.toMessage(command, 0).getSerializedSize();
        require(bytes <= CommandLimits.COMMAND_BYTES_MAX, () -> "The request is too large: %d bytes, at most %d"
                .formatted(bytes, CommandLimits.COMMAND_BYTES_MAX));
    }

    private static void requireText(String what, String text) {
        int bytes = utf8Bytes(what, text);
        require(bytes <= CommandLimits.NAME_BYTES_MAX, () -> "%s is too long: %d bytes of UTF-8, at most %d"
                .formatted(what, bytes, CommandLimits.NAME_BYTES_MAX));
    }

    /** Half a surrogate pair has no UTF-8: the log would hold something else than what was asked for. */
    private static int utf8Bytes(String what, String text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (unit < 0x80) {
                bytes += 1;
            } else if (unit < 0x800) {
                bytes += 2;
            } else if (!Character.isSurrogate(unit)) {
                bytes += 3;
            } else {
                boolean pair = i + 1 < text.length() && Character.isSurrogatePair(unit, text.charAt(i + 1));
                require(pair, () -> what + " is not valid Unicode: it holds half a surrogate pair");
                bytes += 4;
                i++;
            }
        }
        return bytes;
    }

    private static void requireGiven(String text, String problem) {
        require(!text.isEmpty(), () -> problem);
    }

    private static void require(boolean holds, Supplier<String> problem) {
        if (!holds) {
            throw new ConsensusException(ConsensusException.Reason.INVALID, problem.get());
        }
    }
}
