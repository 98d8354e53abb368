package dev.mvm.coordinator.grpc;

import com.google.protobuf.Message;
import dev.mvm.coordinator.api.Calls;
import dev.mvm.coordinator.api.ExecConversation;
import dev.mvm.coordinator.api.InstanceService;
import dev.mvm.coordinator.authz.Admitted;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.error.Refusals;
import dev.mvm.coordinator.exec.OperatorEnd;
import dev.mvm.coordinator.exec.Relay;
import dev.mvm.coordinator.metrics.RequestMetrics;
import dev.mvm.protocol.control.v1.ExecInput;
import dev.mvm.protocol.control.v1.ExecOutput;
import dev.mvm.protocol.control.v1.FleetGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The Fleet service over gRPC.
final class FleetEndpoint {
    private static final Logger LOG = LoggerFactory.getLogger(FleetEndpoint.class);

    private final InstanceService instances;
    private final CallAdmission admission;
    private final Refusals refusals;
    private final RequestMetrics requests;

    FleetEndpoint(InstanceService instances, CallAdmission admission, Refusals refusals, RequestMetrics requests) {
        this.instances = instances;
        this.admission = admission;
        this.refusals = refusals;
        this.requests = requests;
    }

    ServerServiceDefinition definition(Calls calls) {
        var definition = ServerServiceDefinition.builder(FleetGrpc.getServiceDescriptor());
        for (var call : calls.all()) {
            add(definition, call);
        }
        return definition
                .addMethod(
                        FleetGrpc.getExecMethod(),
                        ServerCalls.asyncBidiStreamingCall(
                                answer -> session(answer, FleetGrpc.getExecMethod(), instances::exec)))
                .addMethod(
                        FleetGrpc.getLogsMethod(),
                        ServerCalls.asyncBidiStreamingCall(
                                answer -> session(answer, FleetGrpc.getLogsMethod(), instances::logs)))
                .build();
    }

    private <I extends Message, O extends Message> void add(
            ServerServiceDefinition.Builder definition, Calls.Call<I, O> call) {
        definition.addMethod(
                call.method(), ServerCalls.asyncUnaryCall((request, answer) -> answer(call, request, answer)));
    }

    private <I extends Message, O extends Message> void answer(
            Calls.Call<I, O> call, I request, StreamObserver<O> answer) {
        var method = call.method().getFullMethodName();
        long began = System.nanoTime();
        try {
            answer.onNext(call.run(Caller.current().admitted(), request));
            answer.onCompleted();
        } catch (ProblemException e) {
            refusals.note(Caller.current().peer().toString(), method, e);
            answer.onError(e.status());
        } catch (RuntimeException e) {
            LOG.error("{} failed", method, e);
            requests.failed(method, "internal");
            answer.onError(ProblemException.internal().status());
        } finally {
            requests.took(method, Duration.ofNanos(System.nanoTime() - began));
        }
    }

    /// A kind of session of [InstanceService].
    @FunctionalInterface
    private interface Kind {
        Relay open(Admitted caller, ExecInput first, OperatorEnd operator) throws ProblemException;
    }

    private StreamObserver<ExecInput> session(
            StreamObserver<ExecOutput> answer, MethodDescriptor<ExecInput, ExecOutput> method, Kind kind) {
        var stream = (ServerCallStreamObserver<ExecOutput>) answer;
        stream.disableAutoRequest();
        var caller = Caller.current().admitted();
        var conversation = new ExecConversation(
                (first, operator) -> kind.open(caller, first, operator),
                new GrpcOperatorEnd(stream),
                problem -> refusals.note(caller.name(), method.getFullMethodName(), problem));
        var over = admission.lasting(Caller.current(), _ -> conversation.gone());
        stream.setOnReadyHandler(conversation::writable);
        stream.setOnCancelHandler(() -> {
            over.run();
            conversation.gone();
        });
        stream.setOnCloseHandler(over);
        stream.request(1);
        return new StreamObserver<>() {
            @Override
            public void onNext(ExecInput input) {
                conversation.message(input);
            }

            @Override
            public void onError(Throwable cancelled) {
                conversation.gone();
            }

            @Override
            public void onCompleted() {
                conversation.ended();
            }
        };
    }
}
