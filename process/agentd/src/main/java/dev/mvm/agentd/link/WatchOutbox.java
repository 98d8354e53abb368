package dev.mvm.agentd.link;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.protocol.control.v1.NodeMessage;
import io.grpc.stub.ClientCallStreamObserver;

/// The node's side of one Watch stream. Messages of several threads go out one after another; once the stream is
/// over they go nowhere, since the next stream begins with everything anew.
///
/// What a coordinator does not take is not piled up for it: there is no report while it has not taken what was sent
/// before, and nothing more is read of it, so that it gets no answers either.
final class WatchOutbox {
    private final ClientCallStreamObserver<NodeMessage> stream;
    private final Runnable room;

    @GuardedBy("this")
    private boolean over;

    @GuardedBy("this")
    private boolean late;

    @GuardedBy("this")
    private boolean unread;

    /// @param stream one that has not begun
    /// @param room run when there is room for a report after there was none
    WatchOutbox(ClientCallStreamObserver<NodeMessage> stream, Runnable room) {
        this.stream = stream;
        this.room = room;
        stream.disableAutoRequestWithInitial(1);
        stream.setOnReadyHandler(this::ready);
    }

    /// Whether there is room for a report. Where there is none, it is told when there is.
    synchronized boolean hasRoom() {
        late = !over && !stream.isReady();
        return !late;
    }

    synchronized void send(NodeMessage message) {
        if (!over) {
            stream.onNext(message);
        }
    }

    /// Reads the next message, once there is room for the answer.
    synchronized void next() {
        unread = !over && !stream.isReady();
        if (!unread && !over) {
            stream.request(1);
        }
    }

    private void ready() {
        boolean tell;
        synchronized (this) {
            tell = late;
            late = false;
            if (unread) {
                next();
            }
        }
        if (tell) {
            room.run();
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
