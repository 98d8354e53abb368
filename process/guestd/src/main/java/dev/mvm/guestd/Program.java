package dev.mvm.guestd;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.model.Bytes;
import dev.mvm.protocol.guest.ChannelClosedException;
import dev.mvm.protocol.guest.GuestChannel;
import dev.mvm.protocol.guest.GuestStream;
import dev.mvm.protocol.guest.StreamListener;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.HostdFrames;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.hostd.MalformedFrameException;
import dev.mvm.protocol.hostd.ReplyWriter;
import dev.mvm.protocol.hostd.client.StreamFrame;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/// A program between a guest and the agent: frames pass in both directions unread. The agent's connection belongs to
/// the program until the program ends.
public final class Program implements StreamListener {
    /// The guest has no room for another program.
    static final Label BUSY = new Label("guest_busy");

    /// The guest is not connected, or was lost.
    static final Label UNREACHABLE = new Label("guest_unreachable");

    /// Time for a guest to make room for another program's first frame.
    private static final Duration ROOM = Duration.ofSeconds(60);

    /// Time for the agent to read a refusal.
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /// Most bytes of frames that wait for the agent. An agent that grants as much credit as ours never has as many
    /// on the way; an agent that grants more and reads nothing loses the program.
    private static final int MOST = 512 * 1024;

    private static final int HEADER = Integer.BYTES + Short.BYTES;
    private static final int PIECE = 64 * 1024;

    private final UnixStream agent;
    private final ByteBuffer ahead;
    private final Consumer<String> log;

    // guarded by this
    private final ByteBuffer waiting = ByteBuffer.allocate(MOST);
    private boolean lost;
    private boolean over;

    /// @param agent the agent's connection, which the caller closes
    /// @param ahead bytes that have been read of the connection already
    public Program(UnixStream agent, Bytes ahead, Consumer<String> log) {
        this.agent = agent;
        this.ahead = ByteBuffer.wrap(ahead.array());
        this.log = log;
    }

    /// Runs the program until it has ended or the agent has closed its connection, which ends the program. Tells the
    /// agent the reason if the program does not start.
    ///
    /// @param guest the guest's channel, empty if the guest is not connected
    /// @param exec description of the program for the guest, unread
    public void run(Optional<GuestChannel> guest, Bytes exec) {
        try {
            if (guest.isEmpty()) {
                refuse(UNREACHABLE);
                return;
            }
            var stream = guest.get().open(exec, this, ROOM);
            if (stream.isPresent()) {
                relay(stream.get(), new HostdFrames(this::read, ByteBuffer::allocateDirect));
            } else {
                refuse(BUSY);
            }
        } catch (ChannelClosedException e) {
            refuse(UNREACHABLE);
        } catch (MalformedFrameException e) {
            log.accept("a program's connection is closed: " + e.getMessage());
        } catch (IOException e) {
            log.accept("a program's connection is lost: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void refuse(Label reason) {
        try {
            write(new ReplyWriter().encode(new HostReply.Refused(reason)), Deadline.in(PATIENCE));
        } catch (ErrnoException e) {
            return; // the agent has closed its connection
        }
    }

    private int read(ByteBuffer into) throws IOException {
        if (ahead.hasRemaining()) {
            int size = Math.min(ahead.remaining(), into.remaining());
            into.put(ahead.slice(ahead.position(), size));
            ahead.position(ahead.position() + size);
            return size;
        }
        int read = agent.read(MemorySegment.ofBuffer(into), Deadline.never());
        if (read > 0) {
            into.position(into.position() + read);
        }
        return read;
    }

    @Override
    public synchronized boolean frame(int type, ByteBuffer payload) {
        if (over || waiting.remaining() < HEADER + payload.remaining()) {
            end();
            return false;
        }
        waiting.putInt(Short.BYTES + payload.remaining())
                .putShort((short) (StreamFrame.BASE + type))
                .put(payload);
        notifyAll();
        return true;
    }

    @Override
    public synchronized void over(boolean guestIsLost) {
        lost = guestIsLost;
        end();
    }

    /// Stops adding frames; those that wait are still written.
    private synchronized void end() {
        over = true;
        notifyAll();
    }

    /// Passes frames on until the program has ended or the agent has closed its connection, which ends the program.
    private void relay(GuestStream guest, HostdFrames frames) throws IOException, InterruptedException {
        var out = Thread.ofPlatform().name("program").daemon().start(this::write);
        try {
            for (var next = frames.next(); next.isPresent(); next = frames.next()) {
                var frame = StreamFrame.read(next.get());
                if (!GuestStream.takes(frame.type())) {
                    throw new MalformedFrameException("not a frame for a program");
                }
                guest.send(frame.type(), frame.payload());
            }
        } finally {
            guest.kill();
            agent.shutdown(); // ends a write that waits
            end();
            out.join();
        }
    }

    /// Writes frames to the agent. Waits as long as the agent reads none, which delays this program alone.
    private void write() {
        var piece = ByteBuffer.allocateDirect(PIECE);
        try {
            while (take(piece)) {
                write(piece, Deadline.never());
            }
            if (lost) {
                refuse(UNREACHABLE);
            }
            agent.shutdown(); // the reading side ends, and with it the connection
        } catch (IOException e) {
            return; // the agent has closed its connection, which the reading side notices
        }
    }

    private void write(ByteBuffer bytes, Deadline deadline) throws ErrnoException {
        agent.write(MemorySegment.ofBuffer(bytes), deadline);
    }

    /// Waits for bytes to write; returns false when no more will come.
    private synchronized boolean take(ByteBuffer piece) {
        while (waiting.position() == 0 && !over) {
            try {
                wait();
            } catch (InterruptedException e) {
                return false; // this thread is never interrupted
            }
        }
        waiting.flip();
        int size = Math.min(waiting.remaining(), PIECE);
        piece.clear().put(waiting.slice(0, size)).flip();
        waiting.position(size).compact();
        return size > 0;
    }
}
