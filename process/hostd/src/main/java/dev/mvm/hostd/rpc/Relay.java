package dev.mvm.hostd.rpc;

import dev.mvm.hostd.policy.Refusal;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.protocol.guest.GuestStream;
import dev.mvm.protocol.guest.StreamListener;
import dev.mvm.protocol.hostd.Frames;
import dev.mvm.protocol.hostd.MalformedFrameException;
import dev.mvm.protocol.hostd.ReplyWriter;
import dev.mvm.protocol.hostd.StreamFrame;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/// A program between a guest and the agent: frames pass in both directions, and none is read. The connection is the
/// program's until it ends.
final class Relay implements StreamListener {
    /// Bytes of frames that the agent may leave untaken. An agent that grants as much credit as ours never has as many
    /// on the way; one that grants more and takes nothing loses the program.
    private static final int MOST = 512 * 1024;

    private static final int HEADER = Integer.BYTES + Short.BYTES;
    private static final int PIECE = 64 * 1024;

    private final UnixStream agent;

    // guarded by this
    private final ByteBuffer waiting = ByteBuffer.allocate(MOST);
    private boolean lost;
    private boolean over;

    Relay(UnixStream agent) {
        this.agent = agent;
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

    /// Nothing more is added; what waits is still written.
    private synchronized void end() {
        over = true;
        notifyAll();
    }

    /// Passes frames on until the program has ended or the agent has gone, which ends the program.
    void run(GuestStream guest, Frames frames) throws IOException, InterruptedException {
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

    /// The way to the agent. Waits for as long as nobody takes it: it costs this program alone.
    private void write() {
        var piece = ByteBuffer.allocateDirect(PIECE);
        try {
            while (take(piece)) {
                write(piece);
            }
            if (lost) {
                write(new ReplyWriter().encode(Refusal.GUEST_UNREACHABLE.reply()));
            }
            agent.shutdown(); // the reading side ends, and with it the connection
        } catch (IOException e) {
            return; // the agent has gone, which the reading side notices
        }
    }

    private void write(ByteBuffer bytes) throws ErrnoException {
        agent.write(MemorySegment.ofBuffer(bytes), Deadline.never());
    }

    /// Waits for bytes to write; false when there will be no more.
    private synchronized boolean take(ByteBuffer piece) {
        while (waiting.position() == 0 && !over) {
            try {
                wait();
            } catch (InterruptedException e) {
                return false; // nobody interrupts this thread
            }
        }
        waiting.flip();
        int size = Math.min(waiting.remaining(), PIECE);
        piece.clear().put(waiting.slice(0, size)).flip();
        waiting.position(size).compact();
        return size > 0;
    }
}
