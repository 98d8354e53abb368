package dev.mvm.coordinator.grpc;

import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.exec.OperatorEnd;
import dev.mvm.protocol.control.v1.ExecOutput;
import io.grpc.stub.ServerCallStreamObserver;

/// An operator's exec stream over gRPC.
record GrpcOperatorEnd(ServerCallStreamObserver<ExecOutput> stream) implements OperatorEnd {
    @Override
    public boolean ready() {
        return stream.isReady();
    }

    @Override
    public void send(ExecOutput output) {
        stream.onNext(output);
    }

    @Override
    public void ask() {
        stream.request(1);
    }

    @Override
    public void complete() {
        stream.onCompleted();
    }

    @Override
    public void fail(ProblemException why) {
        stream.onError(why.status());
    }
}
