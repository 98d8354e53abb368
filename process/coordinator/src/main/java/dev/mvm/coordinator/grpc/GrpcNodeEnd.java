package dev.mvm.coordinator.grpc;

import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.exec.NodeEnd;
import dev.mvm.protocol.control.v1.ExecInput;
import dev.mvm.protocol.control.v1.SessionOutput;
import io.grpc.stub.ServerCallStreamObserver;

/// A node's session stream over gRPC.
record GrpcNodeEnd(ServerCallStreamObserver<SessionOutput> stream) implements NodeEnd {
    @Override
    public boolean ready() {
        return stream.isReady();
    }

    @Override
    public void send(ExecInput input) {
        stream.onNext(SessionOutput.newBuilder().setInput(input).build());
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
    public void cancel(ProblemException why) {
        stream.onError(why.status());
    }
}
