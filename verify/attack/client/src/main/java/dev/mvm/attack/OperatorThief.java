package dev.mvm.attack;

import com.google.protobuf.Message;
import dev.mvm.protocol.control.v1.ExecInput;
import dev.mvm.protocol.control.v1.ExecStart;
import dev.mvm.protocol.control.v1.FleetGrpc;
import dev.mvm.protocol.control.v1.LogsStart;
import dev.mvm.protocol.control.v1.NodeEnrolmentGrpc;
import dev.mvm.protocol.control.v1.NodeLinkGrpc;
import dev.mvm.protocol.control.v1.Role;
import dev.mvm.protocol.control.v1.RoleProto;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import io.grpc.stub.BlockingClientCall;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// A thief of the certificate of an operator with the role `operator` for all tenants, who tries every method of every
/// service that there is; or of an admin's, who tries what that role has in addition.
final class OperatorThief {
    private static final String UNIMPLEMENTED = "grpc-12";
    private static final int PATIENCE_SECONDS = 120;
    private static final int AGAIN_MILLIS = 200;
    private static final List<ServiceDescriptor> SERVICES = List.of(
            FleetGrpc.getServiceDescriptor(),
            NodeLinkGrpc.getServiceDescriptor(),
            NodeEnrolmentGrpc.getServiceDescriptor());

    private final Channel channel;
    private final Theft theft;
    private final Tally tally;

    OperatorThief(Channel channel, Theft theft, Tally tally) {
        this.channel = channel;
        this.theft = theft;
        this.tally = tally;
    }

    /// Tries what the role `operator` allows, and all that it does not.
    void run(Attempt.Fleet fleet) throws IOException {
        var attempts = Attempt.all(fleet);
        for (var service : SERVICES) {
            for (var method : service.getMethods()) {
                switch (String.valueOf(method.getBareMethodName())) {
                    case "Exec" -> exec(fleet);
                    case "Logs" -> logs(fleet);
                    default -> tryOut(method, attempts);
                }
            }
        }
    }

    /// Tries what an admin's certificate allows beyond that.
    ///
    /// @param attempts at least one for each method of the role `admin`, which are called in their order
    void runAsAdmin(List<Attempt> attempts) throws IOException {
        var methods = new HashMap<String, MethodDescriptor<?, ?>>();
        for (var method : FleetGrpc.getServiceDescriptor().getMethods()) {
            if (role(method) == Role.ADMIN) {
                methods.put(String.valueOf(method.getBareMethodName()), method);
            }
        }
        for (var attempt : attempts) {
            expect(
                    Objects.requireNonNull(methods.get(attempt.method()), attempt.method()),
                    attempt.request(),
                    attempt.reason());
        }
        attempts.forEach(attempt -> methods.remove(attempt.method()));
        tally.judge("every method of an admin's", methods.isEmpty(), "the thief has not tried " + methods.keySet());
    }

    private void tryOut(MethodDescriptor<?, ?> method, List<Attempt> attempts) throws IOException {
        var name = String.valueOf(method.getBareMethodName());
        switch (role(method)) {
            case ADMIN, NODE -> expect(method, prototype(method), "wrong_role");
            case ROLE_UNSPECIFIED -> expect(method, prototype(method), UNIMPLEMENTED); // it has a port of its own
            case AUDITOR, OPERATOR -> {
                var mine = attempts.stream()
                        .filter(attempt -> attempt.method().equals(name))
                        .toList();
                tally.judge(name, !mine.isEmpty(), "the thief has not tried this method");
                for (var attempt : mine) {
                    expect(method, attempt.request(), attempt.reason());
                }
            }
            case UNRECOGNIZED -> tally.judge(name, false, "its role is not known here");
        }
    }

    private static Role role(MethodDescriptor<?, ?> method) {
        return method.getSchemaDescriptor() instanceof ProtoMethodDescriptorSupplier supplier
                ? supplier.getMethodDescriptor().getOptions().getExtension(RoleProto.role)
                : Role.UNRECOGNIZED;
    }

    private static Message prototype(MethodDescriptor<?, ?> method) {
        if (method.getRequestMarshaller() instanceof MethodDescriptor.PrototypeMarshaller<?> marshaller
                && marshaller.getMessagePrototype() instanceof Message message) {
            return message;
        }
        throw new IllegalStateException("a generated method has a prototype of its request");
    }

    /// @param reason of the refusal; empty if the call has to be answered
    private void expect(MethodDescriptor<?, ?> method, Message request, String reason) throws IOException {
        var name = String.valueOf(method.getBareMethodName());
        try {
            for (var answer : answers(method, request)) {
                theft.keep(name, answer);
            }
            tally.judge(name, reason.isEmpty(), "was answered, and had to be refused for " + reason);
        } catch (StatusRuntimeException e) {
            var said = StolenCredential.reason(e);
            tally.judge(name, said.equals(reason), "wanted '" + reason + "', the coordinator said " + said + ": " + e);
        }
    }

    /// Calls again as long as the coordinator says that this was too often.
    private <I, O> List<Message> answers(MethodDescriptor<I, O> method, Message request) {
        @SuppressWarnings("unchecked") // the request is of the method's type
        var typed = (I) request;
        while (true) {
            try {
                return once(method, typed);
            } catch (StatusRuntimeException e) {
                if (!StolenCredential.reason(e).equals("rate_limited")) {
                    throw e;
                }
                rest();
            }
        }
    }

    private <I, O> List<Message> once(MethodDescriptor<I, O> method, I request) {
        var options = CallOptions.DEFAULT.withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (method.getType() == MethodDescriptor.MethodType.UNARY) {
            return List.of((Message) ClientCalls.blockingUnaryCall(channel, method, options, request));
        }
        var out = new ArrayList<Message>();
        var call = ClientCalls.blockingBidiStreamingCall(channel, method, options);
        read(call, request, out);
        return out;
    }

    private static <I, O> void read(BlockingClientCall<I, O> call, I request, List<Message> out) {
        try {
            boolean _ = call.write(request); // if it ends before, reading says why
            for (var next = call.read(); next != null; next = call.read()) {
                out.add((Message) next);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (StatusException e) {
            throw new StatusRuntimeException(e.getStatus(), e.getTrailers());
        }
    }

    /// Runs a program in an instance, as the role allows where the pool's grant does.
    private void exec(Attempt.Fleet fleet) throws IOException {
        var start = ExecStart.newBuilder()
                .setTenant(fleet.tenant())
                .setPool(fleet.pool())
                .setInstance(fleet.instance())
                .addArgv("cat")
                .addArgv("/proc/version");
        expect(FleetGrpc.getExecMethod(), ExecInput.newBuilder().setStart(start).build(), "");
    }

    /// Reads what an instance has printed, as the role allows where the pool's grant does.
    private void logs(Attempt.Fleet fleet) throws IOException {
        var logs = LogsStart.newBuilder()
                .setTenant(fleet.tenant())
                .setPool(fleet.pool())
                .setInstance(fleet.instance());
        expect(FleetGrpc.getLogsMethod(), ExecInput.newBuilder().setLogs(logs).build(), "");
    }

    private static void rest() {
        try {
            TimeUnit.MILLISECONDS.sleep(AGAIN_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
