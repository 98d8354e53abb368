package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.guest.exec.ExecFrame;
import dev.mvm.protocol.guest.exec.ExecLine;
import dev.mvm.protocol.guest.exec.ExecOutput;
import dev.mvm.protocol.guest.exec.ExecRefusal;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.guest.exec.ExecStart;
import dev.mvm.protocol.guest.exec.ExecStream;
import dev.mvm.protocol.guest.exec.RunningProgram;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/// Runs programs on a channel: both ends of hostd's relay in one process.
public final class Programs {
    private Programs() {}

    /// Runs a program in the guest at the other end of `channel`.
    public static ExecStart exec(GuestChannel channel, ExecRequest request, ProgramListener listener, Duration limit)
            throws IOException, InterruptedException {
        var line = new Line();
        var stream = channel.open(ExecStream.opening(request), line, limit);
        if (stream.isEmpty()) {
            return new ExecStart.Refused(ExecRefusal.TOO_MANY_STREAMS);
        }
        line.stream = stream;
        return listen(ExecStream.begin(line, request, limit), listener);
    }

    /// Gives `listener` the output of a program that has started.
    public static ExecStart listen(ExecStart start, ProgramListener listener) {
        if (start instanceof ExecStart.Started(var _, var program)) {
            Thread.ofVirtual().name("listener").start(() -> listen(program, listener));
        }
        return start;
    }

    private static void listen(RunningProgram program, ProgramListener listener) {
        try (program) {
            while (true) {
                switch (program.receive()) {
                    case ExecOutput.Stdout(var data) -> listener.stdout(data);
                    case ExecOutput.Stderr(var data) -> listener.stderr(data);
                    case ExecOutput.Ended(var how) -> {
                        listener.ended(how);
                        return;
                    }
                }
            }
        } catch (IOException e) {
            return; // the program was given up, or its listener has had enough
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Stands for hostd and its socket towards an agent, without any limit: tests of channels do not test hostd's.
    private static final class Line implements ExecLine, StreamListener {
        private volatile Optional<GuestStream> stream = Optional.empty();

        // guarded by this
        private final Deque<ExecFrame> frames = new ArrayDeque<>();
        private boolean over;
        private boolean closed;

        @Override
        public synchronized boolean frame(int type, ByteBuffer payload) {
            var bytes = new byte[payload.remaining()];
            payload.get(bytes);
            frames.add(new ExecFrame(type, Bytes.of(bytes)));
            notifyAll();
            return true;
        }

        @Override
        public synchronized void over(boolean lost) {
            over = true;
            notifyAll();
        }

        @Override
        public synchronized Optional<ExecFrame> receive() throws IOException, InterruptedException {
            while (frames.isEmpty() && !over && !closed) {
                wait();
            }
            if (closed) {
                throw new EOFException("closed");
            }
            return Optional.ofNullable(frames.poll());
        }

        @Override
        public void send(ExecFrame frame) throws IOException, InterruptedException {
            stream.orElseThrow().send(frame.type(), frame.payload());
        }

        @Override
        public void close() {
            synchronized (this) {
                closed = true;
                notifyAll();
            }
            stream.ifPresent(GuestStream::kill);
        }
    }
}
