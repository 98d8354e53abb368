package dev.mvm.hostd.rpc;

import dev.mvm.hostd.host.Host;
import dev.mvm.hostd.host.Observer;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.host.VmGuests;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.HostRequest;
import dev.mvm.protocol.hostd.HostdFrames;
import dev.mvm.protocol.hostd.MalformedFrameException;
import dev.mvm.protocol.hostd.OperationReader;
import dev.mvm.protocol.hostd.ReplyWriter;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.Consumer;

/// One connection: a request, its answer, the next request. A bug in a handler costs this connection and no other.
final class AgentConnection {
    /// A client that does not take its answer in this time is gone.
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final UnixStream stream;
    private final Host host;
    private final Observer observer;
    private final VmGuests guests;
    private final Consumer<String> log;
    private final HostdFrames frames;
    private final ReplyWriter replies = new ReplyWriter();

    AgentConnection(UnixStream stream, Host host, Observer observer, VmGuests guests, Consumer<String> log) {
        this.stream = stream;
        this.host = host;
        this.observer = observer;
        this.guests = guests;
        this.log = log;
        this.frames = new HostdFrames(this::read);
    }

    void run() {
        try {
            for (var frame = frames.next(); frame.isPresent(); frame = frames.next()) {
                var request = OperationReader.request(frame.get());
                if (request.operation() instanceof HostOperation.GuestExec exec) {
                    if (program(exec)) {
                        return;
                    }
                } else {
                    write(answer(request));
                }
            }
        } catch (MalformedFrameException e) {
            log.accept("connection closed: " + e.getMessage());
            host.refused("frame", "malformed_frame", String.valueOf(e.getMessage()));
        } catch (EOFException e) {
            log.accept("connection closed by the agent inside a frame");
        } catch (IOException e) {
            log.accept("connection lost: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.accept("connection closed after an error of our own: " + e);
        }
    }

    private HostReply answer(HostRequest request) throws InterruptedException {
        if (!(request.operation() instanceof HostOperation.Observe observe)) {
            return host.perform(request);
        }
        try {
            return new HostReply.Observed(observer.observe(observe));
        } catch (StepException e) {
            log.accept("nothing is observed: " + e.getMessage());
            return e.reply();
        }
    }

    /// Has a program run; the connection is then another process's.
    ///
    /// @return whether it is
    private boolean program(HostOperation.GuestExec exec) throws IOException {
        var refusal =
                host.execRefusal(exec).or(() -> guests.exec(exec.instance(), exec.exec(), frames.ahead(), stream.fd()));
        if (refusal.isPresent()) {
            write(refusal.get().reply());
        }
        return refusal.isEmpty();
    }

    private int read(ByteBuffer into) throws IOException {
        int read = stream.read(MemorySegment.ofBuffer(into), Deadline.never());
        if (read > 0) {
            into.position(into.position() + read);
        }
        return read;
    }

    private void write(HostReply reply) throws IOException {
        stream.write(MemorySegment.ofBuffer(replies.encode(reply)), Deadline.in(PATIENCE));
    }
}
