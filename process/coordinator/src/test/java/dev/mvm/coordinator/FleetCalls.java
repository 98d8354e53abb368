package dev.mvm.coordinator;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.protocol.control.v1.FleetGrpc;
import dev.mvm.protocol.control.v1.Problem;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Calls of the Fleet service by method, over gRPC.
public final class FleetCalls {
    private FleetCalls() {}

    /// All methods with one request and one answer.
    public static List<MethodDescriptor<?, ?>> unary() {
        return FleetGrpc.getServiceDescriptor().getMethods().stream()
                .<MethodDescriptor<?, ?>>map(method -> method)
                .filter(method -> method.getType() == MethodDescriptor.MethodType.UNARY)
                .toList();
    }

    /// A request without content.
    public static Message empty(MethodDescriptor<?, ?> method) {
        var marshaller = (MethodDescriptor.PrototypeMarshaller<?>) method.getRequestMarshaller();
        if (marshaller.getMessagePrototype() instanceof Message message) {
            return message;
        }
        throw new IllegalStateException("a generated method has a prototype of its request");
    }

    /// The outcome of a call.
    ///
    /// @param reason of the refusal or failure; empty if there was none
    /// @param text of the answer or the problem
    public record Ending(String reason, String text) {}

    /// Calls a method and waits for what comes of it.
    public static <I, O> Ending call(Channel channel, MethodDescriptor<I, O> method, Message request) {
        @SuppressWarnings("unchecked") // the request is made of the method's prototype
        var typed = (I) request;
        try {
            var options = CallOptions.DEFAULT.withDeadlineAfter(TestFleet.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            return new Ending("", String.valueOf(ClientCalls.blockingUnaryCall(channel, method, options, typed)));
        } catch (StatusRuntimeException e) {
            return new Ending(reason(e), String.valueOf(e.getStatus()));
        }
    }

    /// The reason in the trailer of a failed call.
    public static String reason(StatusRuntimeException e) {
        var bytes = Optional.ofNullable(e.getTrailers())
                .flatMap(all -> Optional.ofNullable(all.get(ProblemException.TRAILER)));
        try {
            return bytes.isEmpty()
                    ? String.valueOf(e.getStatus())
                    : Problem.parseFrom(bytes.get()).getReason();
        } catch (InvalidProtocolBufferException broken) {
            throw new AssertionError(broken);
        }
    }
}
