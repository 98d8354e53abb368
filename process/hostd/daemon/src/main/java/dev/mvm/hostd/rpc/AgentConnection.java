package dev.mvm.hostd.rpc;

import dev.mvm.hostd.host.StepException;
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
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/// One connection: a request, its answer, the next request. A bug in a handler costs this connection and no other.
///
/// Large frames, and reports of all instances, take turns in this process, so that all connections together cannot
/// use up its memory. A peer that stops inside a large frame loses its turn and its connection.
final class AgentConnection {
    /// A client that does not take its answer in this time, or stops inside a large frame for as long, is gone.
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /// Bytes of a frame that each connection may hold: a program's, for which nobody else waits.
    private static final int SMALL = 64 * 1024;

    private final UnixStream stream;
    private final Answering answering;
    private final Turn turn;
    private final HostdFrames frames;
    private final ReplyWriter replies = new ReplyWriter();

    /// Memory of a large frame, while it is this connection's turn.
    private Optional<Arena> memory = Optional.empty();

    AgentConnection(UnixStream stream, Answering answering, Turn turn) {
        this.stream = stream;
        this.answering = answering;
        this.turn = turn;
        this.frames = new HostdFrames(this::read, this::allocate);
    }

    void run() {
        try {
            for (var frame = frames.next(); frame.isPresent(); frame = frames.next()) {
                var request = OperationReader.request(frame.get());
                if (request.operation() instanceof HostOperation.HandOver handOver) {
                    if (handedOver(handOver)) {
                        return;
                    }
                } else {
                    write(answer(request));
                }
                endTurn();
            }
        } catch (MalformedFrameException e) {
            answering.log().accept("connection closed: " + e.getMessage());
            answering.host().refused("frame", "malformed_frame", String.valueOf(e.getMessage()));
        } catch (EOFException e) {
            answering.log().accept("connection closed by the agent inside a frame");
        } catch (IOException e) {
            answering.log().accept("connection lost: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            answering.log().accept("connection closed after an error of our own: " + e);
        } finally {
            endTurn();
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // endTurn() closes it
    private Arena takeTurn() {
        if (memory.isEmpty()) {
            turn.place().acquireUninterruptibly();
            memory = Optional.of(Arena.ofConfined());
        }
        return memory.get();
    }

    private ByteBuffer allocate(int bytes) {
        return bytes > SMALL ? takeTurn().allocate(bytes).asByteBuffer() : ByteBuffer.allocateDirect(bytes);
    }

    private void endTurn() {
        if (memory.isPresent()) {
            frames.forget();
            memory.get().close();
            memory = Optional.empty();
            turn.place().release();
        }
    }

    private HostReply answer(HostRequest request) throws InterruptedException {
        if (!(request.operation() instanceof HostOperation.Observe observe)) {
            return answering.host().perform(request);
        }
        try {
            long change = answering.observer().await(observe);
            var _ = takeTurn();
            return new HostReply.Observed(answering.observer().report(change));
        } catch (StepException e) {
            answering.log().accept("nothing is observed: " + e.getMessage());
            return e.reply();
        }
    }

    /// @return whether the connection is another process's from now on
    private boolean handedOver(HostOperation.HandOver o) throws IOException {
        var refusal = answering.host().handOver(o, frames.ahead(), stream.fd());
        if (refusal.isPresent()) {
            write(refusal.get().reply());
        }
        return refusal.isEmpty();
    }

    private int read(ByteBuffer into) throws IOException {
        int read = stream.read(
                MemorySegment.ofBuffer(into), memory.isPresent() ? Deadline.in(PATIENCE) : Deadline.never());
        if (read > 0) {
            into.position(into.position() + read);
        }
        return read;
    }

    private void write(HostReply reply) throws IOException {
        var writer = memory.isPresent() ? turn.replies() : replies;
        stream.write(MemorySegment.ofBuffer(writer.encode(reply)), Deadline.in(PATIENCE));
    }
}
