package dev.mvm.agentd.link;

import dev.mvm.protocol.control.v1.NodeMessage;
import io.grpc.stub.StreamObserver;

/// The node's side of one Watch stream. Messages of several threads go out one after another; once the stream is
/// over they go nowhere, since the next stream begins with everything anew.
final class Outbox {
    private final StreamObserver<NodeMessage> stream;
    private boolean over;

    Outbox(StreamObserver<NodeMessage> stream) {
        this.stream = stream;
    }

    synchronized void send(NodeMessage message) {
        if (!over) {
            stream.onNext(message);
        }
    }

    /// Ends the stream, politely.
    synchronized void close() {
        if (!over) {
            over = true;
            stream.onCompleted();
        }
    }

    /// The stream has ended.
    synchronized void ended() {
        over = true;
    }
}
