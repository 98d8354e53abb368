package dev.mvm.node;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.guest.GuestChannel;
import dev.mvm.protocol.guest.GuestTransport;
import dev.mvm.protocol.guest.ProgramListener;
import dev.mvm.protocol.guest.Programs;
import dev.mvm.protocol.guest.exec.ExecStart;
import dev.mvm.protocol.guest.exec.ProgramEnd;
import dev.mvm.protocol.guest.exec.RunningProgram;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// A transport through a program in another guest: what it writes is read, what is written is its input.
final class ProgramTransport implements GuestTransport, ProgramListener {
    // guarded by this
    private ByteBuffer arrived = ByteBuffer.allocate(0);
    private Optional<RunningProgram> stream = Optional.empty();
    private boolean ended;
    private boolean closed;

    private ProgramTransport() {}

    /// Starts the program.
    static ProgramTransport through(GuestChannel channel, String... argv) throws Exception {
        var transport = new ProgramTransport();
        var start = Programs.exec(channel, Program.request(Optional.empty(), true, argv), transport, Machine.LIMIT);
        transport.begin(start);
        return transport;
    }

    private synchronized void begin(ExecStart start) throws IOException {
        if (!(start instanceof ExecStart.Started started)) {
            throw new IOException("not started: " + start);
        }
        stream = Optional.of(started.program());
    }

    /// Holds the program up until everything so far has been read.
    @Override
    public synchronized void stdout(Bytes data) throws IOException {
        await(() -> !arrived.hasRemaining() || closed);
        arrived = ByteBuffer.wrap(data.array());
        notifyAll();
    }

    @Override
    public void stderr(Bytes data) {
        System.err.writeBytes(data.array());
    }

    @Override
    public synchronized void ended(ProgramEnd how) {
        ended = true;
        notifyAll();
    }

    @Override
    public synchronized int read(ByteBuffer into) throws IOException {
        await(() -> arrived.hasRemaining() || ended || closed);
        if (closed) {
            throw new ClosedChannelException();
        }
        if (!arrived.hasRemaining()) {
            return -1;
        }
        int size = Math.min(into.remaining(), arrived.remaining());
        into.put(arrived.slice().limit(size));
        arrived.position(arrived.position() + size);
        notifyAll();
        return size;
    }

    @Override
    public void write(ByteBuffer from) throws IOException {
        var bytes = new byte[from.remaining()];
        from.get(bytes);
        try {
            open().stdin(Bytes.of(bytes));
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private synchronized RunningProgram open() throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
        return stream.orElseThrow();
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
        stream.ifPresent(RunningProgram::close);
    }

    private synchronized void await(BooleanSupplier state) throws IOException {
        try {
            while (!state.getAsBoolean()) {
                wait();
            }
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private static IOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException();
    }
}
