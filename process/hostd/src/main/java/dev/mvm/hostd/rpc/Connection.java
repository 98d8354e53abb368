package dev.mvm.hostd.rpc;

import dev.mvm.hostd.host.Host;
import dev.mvm.hostd.host.Machines;
import dev.mvm.hostd.host.Observer;
import dev.mvm.hostd.host.ProgramOutput;
import dev.mvm.hostd.host.ProgramStart;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.model.Bytes;
import dev.mvm.protocol.hostd.Frames;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
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
final class Connection {
    /// A client that does not take its answer in this time is gone.
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final UnixStream stream;
    private final Host host;
    private final Observer observer;
    private final Machines machines;
    private final Consumer<String> log;
    private final Frames frames;
    private final ReplyWriter replies = new ReplyWriter();

    Connection(UnixStream stream, Host host, Observer observer, Machines machines, Consumer<String> log) {
        this.stream = stream;
        this.host = host;
        this.observer = observer;
        this.machines = machines;
        this.log = log;
        this.frames = new Frames(this::read);
    }

    void run() {
        try {
            for (var frame = frames.next(); frame.isPresent(); frame = frames.next()) {
                var operation = OperationReader.operation(frame.get());
                if (operation instanceof HostOperation.GuestExec exec) {
                    if (program(exec)) {
                        return;
                    }
                } else {
                    write(answer(operation));
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

    private HostReply answer(HostOperation operation) throws InterruptedException {
        return operation instanceof HostOperation.Observe observe
                ? new HostReply.Observed(observer.observe(observe))
                : host.perform(operation);
    }

    /// Runs a program; the connection is its own until it ends.
    ///
    /// @return whether it ran: the connection is over then
    private boolean program(HostOperation.GuestExec exec) throws IOException, InterruptedException {
        var refusal = host.execRefusal(exec);
        if (refusal.isPresent()) {
            write(refusal.get().reply());
            return false;
        }
        var output = new Output();
        return switch (machines.exec(exec.instance(), exec.program(), output)) {
            case ProgramStart.NotStarted(var reason) -> {
                write(reason.reply());
                yield false;
            }
            case ProgramStart.Started(var pid, var input) -> {
                relay(pid, input, output);
                yield true;
            }
        };
    }

    private void relay(int pid, ProgramStart.ProgramInput input, Output output)
            throws IOException, InterruptedException {
        try {
            output.begin(pid);
            for (var frame = frames.next(); frame.isPresent(); frame = frames.next()) {
                input.send(OperationReader.input(frame.get()));
            }
        } finally {
            stream.shutdown(); // ends a write that waits
            output.end();
            input.kill();
        }
    }

    /// Output of a program: written by its own thread, never before the answer that says that it has started.
    private final class Output implements ProgramOutput {
        private boolean begun;
        private boolean over;

        synchronized void begin(int pid) throws IOException {
            write(new HostReply.ExecStarted(pid));
            begun = true;
            notifyAll();
        }

        @Override
        public synchronized void stdout(Bytes data) throws IOException {
            pass(new HostReply.Stdout(data));
        }

        @Override
        public synchronized void stderr(Bytes data) throws IOException {
            pass(new HostReply.Stderr(data));
        }

        @Override
        public synchronized void exit(int status, int signal) throws IOException {
            pass(new HostReply.Exit(status, signal));
            stream.shutdown(); // the reading side ends, and with it the connection
        }

        /// Waits for as long as nobody takes it: a person may be reading page by page. It costs this program alone.
        private void pass(HostReply reply) throws IOException {
            try {
                awaitBegin();
                write(reply, Deadline.never());
            } catch (IOException e) {
                stream.shutdown(); // without its output the program is of no use to whoever still sends input
                throw e;
            }
        }

        private void awaitBegin() throws IOException {
            try {
                while (!begun && !over) {
                    wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted before the program was announced", e);
            }
            if (over) {
                throw new IOException("nobody listens to the program any more");
            }
        }

        /// Nobody listens any more.
        synchronized void end() {
            over = true;
            notifyAll();
        }
    }

    private int read(ByteBuffer into) throws IOException {
        int read = stream.read(MemorySegment.ofBuffer(into), Deadline.never());
        if (read > 0) {
            into.position(into.position() + read);
        }
        return read;
    }

    private void write(HostReply reply) throws IOException {
        write(reply, Deadline.in(PATIENCE));
    }

    private void write(HostReply reply, Deadline deadline) throws IOException {
        synchronized (replies) {
            stream.write(MemorySegment.ofBuffer(replies.encode(reply)), deadline);
        }
    }
}
