package dev.coord.server.raft;

import com.alipay.sofa.jraft.rpc.ProtobufMsgFactory;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.ErrorResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.GetFileRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.GetFileResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.InstallSnapshotRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.InstallSnapshotResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.PingRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.ReadIndexRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.ReadIndexResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.TimeoutNowRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.TimeoutNowResponse;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The messages that servers of a group send each other, by their full protobuf name. */
final class RaftMessages {

    /** The largest message taken: entries gathered up to half a megabyte, and one more of the largest command. */
    static final int MESSAGE_BYTES_MAX = 8 * 1024 * 1024;

    static {
        load();
    }

    private static final Map<String, Parser<? extends Message>> PARSERS = Stream.<Message>of(
                    AppendEntriesRequest.getDefaultInstance(),
                    AppendEntriesResponse.getDefaultInstance(),
                    ErrorResponse.getDefaultInstance(),
                    GetFileRequest.getDefaultInstance(),
                    GetFileResponse.getDefaultInstance(),
                    InstallSnapshotRequest.getDefaultInstance(),
                    InstallSnapshotResponse.getDefaultInstance(),
                    PingRequest.getDefaultInstance(),
                    ReadIndexRequest.getDefaultInstance(),
                    ReadIndexResponse.getDefaultInstance(),
                    RequestVoteRequest.getDefaultInstance(),
                    RequestVoteResponse.getDefaultInstance(),
                    TimeoutNowRequest.getDefaultInstance(),
                    TimeoutNowResponse.getDefaultInstance())
            .collect(Collectors.toUnmodifiableMap(RaftMessages::type, Message::getParserForType));

    private RaftMessages() {}

    /**
     * Loads JRaft's messages; called before anything of JRaft's can. Their code was generated before protobuf 22, whose
     * runtime warns on standard error of each such type: that is for who could generate it anew, which we can't, and what it
     * warns of, messages of strangers, does not come through a Raft port with mutual TLS or on loopback.
     */
    static void load() {
        System.setProperty("com.google.protobuf.use_unsafe_pre22_gencode", "true");
        ProtobufMsgFactory.load();
    }

    static String type(Message message) {
        return message.getDescriptorForType().getFullName();
    }

    /** @throws InvalidProtocolBufferException if the type is not known or the bytes are not of it */
    static Message parse(String type, ByteString bytes) throws InvalidProtocolBufferException {
        Parser<? extends Message> parser = PARSERS.get(type);
        if (parser == null) {
            throw new InvalidProtocolBufferException("unknown Raft message " + type);
        }
        return parser.parseFrom(bytes);
    }
}
