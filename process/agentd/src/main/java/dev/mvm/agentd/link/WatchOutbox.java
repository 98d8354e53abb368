package dev.mvm.agentd.link;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.protocol.control.v1.NodeMessage;
import io.grpc.stub.ClientCallStreamObserver;

/// The node's side of one Watch stream. Messages of several threads go out one after another. After the end of the
/// stream they are dropped, since the next stream begins with complete reports.
///
/// Messages do not pile up for a coordinator that does not read: no report is sent while earlier messages are
/// unread, and no request is read, so that there are no answers either.
final class WatchOutbox {
    private final ClientCallStreamObserver<NodeMessage> stream;
    private final Runnable room;

    @GuardedBy("this")
    private boolean over;

    @GuardedBy("this")
    private boolean late;

    @GuardedBy("this")
    private boolean unread;

    /// @param stream a stream that has not begun
    /// @param room run when there is room for a report after [#hasRoom] was false
    WatchOutbox(ClientCallStreamObserver<NodeMessage> stream, Runnable room) {
        this.stream = stream;
        this.room = room;
        stream.disableAutoRequestWithInitial(1);
        stream.setOnReadyHandler(this::ready);
    }

    /// Returns whether there is room for a report. If not, `room` is run once there is.
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

    /// Completes the stream from this side.
    synchronized void close() {
        if (!over) {
            over = true;
            stream.onCompleted();
        }
    }

    /// Notes that the stream has ended.
    synchronized void ended() {
        over = true;
    }
}
