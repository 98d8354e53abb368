package dev.mvm.protocol.guest.exec;

import dev.mvm.model.Bytes;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A program at the other end of a line. A thread of its own reads the line, always and at once, so that no process
/// on the way has to hold more than the guest was granted.
public final class ExecStream implements RunningProgram {
    private final ExecLine line;
    private final ExecRequest request;

    // guarded by this
    private final Inflow stdout = new Inflow();
    private final Inflow stderr = new Inflow();
    private int stdinCredit;
    private boolean stdinOpen;
    private boolean closed;
    private int pid;
    private @Nullable ExecRefusal refusal;
    private @Nullable ProgramEnd end;
    private @Nullable IOException broken;

    private ExecStream(ExecLine line, ExecRequest request) {
        this.line = line;
        this.request = request;
        stdinOpen = request.stdin();
    }

    /// Returns the frame that opens a line: the payload of an `EXEC`.
    public static Bytes opening(ExecRequest request) {
        return new ToGuest.Exec(Inflow.CREDIT, request).frame().payload();
    }

    /// Waits for the guest's answer to [#opening].
    ///
    /// @param line on which [#opening] has been sent; the stream's from then on
    /// @param limit time for the guest's answer
    /// @throws IOException if the line broke first; it is closed then
    public static ExecStart begin(ExecLine line, ExecRequest request, Duration limit)
            throws IOException, InterruptedException {
        var stream = new ExecStream(line, request);
        ExecStart start = new ExecStart.Unanswered();
        try {
            Thread.ofVirtual().name("program").start(stream::read);
            start = stream.start(System.nanoTime() + limit.toNanos());
            return start;
        } finally {
            if (!(start instanceof ExecStart.Started)) {
                stream.close();
            }
        }
    }

    private synchronized ExecStart start(long deadline) throws IOException, InterruptedException {
        while (pid == 0 && refusal == null && !isOver()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return new ExecStart.Unanswered();
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        if (pid > 0) {
            return new ExecStart.Started(pid, this);
        }
        if (refusal != null) {
            return new ExecStart.Refused(refusal);
        }
        if (end instanceof ProgramEnd.Lost(var why)) {
            return new ExecStart.Lost(why);
        }
        throw broken();
    }

    @Override
    public void stdin(Bytes data) throws InterruptedException {
        var bytes = data.array();
        for (int at = 0; at < bytes.length; ) {
            int size = spend(bytes.length - at);
            if (size == 0) {
                return;
            }
            send(new ToGuest.Stdin(Bytes.of(Arrays.copyOfRange(bytes, at, at + size))));
            at += size;
        }
    }

    /// Waits for credit and spends as much of it as `wanted` or a frame can use; returns 0 if the input has no
    /// reader.
    private synchronized int spend(int wanted) throws InterruptedException {
        await(() -> isOver() || !stdinOpen || stdinCredit > 0);
        if (isOver()) {
            return 0;
        }
        checkStdin();
        int size = Math.min(wanted, Math.min(stdinCredit, ExecLimits.MAX_DATA));
        stdinCredit -= size;
        return size;
    }

    @Override
    public void closeStdin() throws InterruptedException {
        synchronized (this) {
            if (isOver()) {
                return;
            }
            checkStdin();
            stdinOpen = false;
            notifyAll();
        }
        send(new ToGuest.StdinEof());
    }

    @Override
    public void resize(TerminalSize size) throws InterruptedException {
        if (request.terminal().isEmpty()) {
            throw new IllegalStateException("the program has no terminal");
        }
        send(new ToGuest.Resize(size));
    }

    @Override
    public void signal(ExecSignal signal) throws InterruptedException {
        send(new ToGuest.SendSignal(signal));
    }

    private void send(ToGuest message) throws InterruptedException {
        synchronized (this) {
            if (isOver()) {
                return;
            }
        }
        try {
            line.send(message.frame());
        } catch (IOException e) {
            // the reader finds the end of the line, and what the guest has said before it counts
        }
    }

    private void checkStdin() {
        if (!stdinOpen) {
            throw new IllegalStateException("the program has no input, or no more");
        }
    }

    @Override
    public ExecOutput receive() throws IOException, InterruptedException {
        grant(OutputStreamKind.STDOUT, stdout);
        grant(OutputStreamKind.STDERR, stderr);
        synchronized (this) {
            await(() -> closed || !stdout.isEmpty() || !stderr.isEmpty() || isOver());
            if (closed) {
                throw new EOFException("the program was given up");
            }
            if (!stdout.isEmpty()) {
                return new ExecOutput.Stdout(stdout.take());
            }
            if (!stderr.isEmpty()) {
                return new ExecOutput.Stderr(stderr.take());
            }
            if (end != null) {
                return new ExecOutput.Ended(end);
            }
            throw broken();
        }
    }

    private void grant(OutputStreamKind output, Inflow flow) throws InterruptedException {
        int granted;
        synchronized (this) {
            granted = flow.grant();
        }
        if (granted > 0) {
            send(new ToGuest.Window(output, granted));
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        line.close();
    }

    /// Returns whether the guest sends no more, or the consumer has closed the stream. Needs the lock.
    private boolean isOver() {
        return closed || end != null || broken != null || refusal != null;
    }

    private IOException broken() {
        return broken == null ? new EOFException("the program was given up") : broken;
    }

    private void await(BooleanSupplier enough) throws InterruptedException {
        while (!enough.getAsBoolean()) {
            wait();
        }
    }

    /// Runs the stream's thread.
    private void read() {
        try {
            for (var frame = line.receive(); frame.isPresent(); frame = line.receive()) {
                if (!take(FromGuest.of(frame.get()))) {
                    return;
                }
            }
            finish(new ProgramEnd.Lost("guest_lost"));
        } catch (ViolationException e) {
            finish(new ProgramEnd.Lost(e.code()));
            line.close();
        } catch (IOException e) {
            fail(e);
        } catch (InterruptedException e) {
            fail(new IOException("interrupted", e));
        }
    }

    private synchronized void finish(ProgramEnd how) {
        end = how;
        notifyAll();
    }

    private synchronized void fail(IOException cause) {
        broken = cause;
        notifyAll();
    }

    /// Takes a message from the guest.
    ///
    /// @return whether more may follow
    /// @throws ViolationException if the guest may not send that message now
    private synchronized boolean take(FromGuest message) throws ViolationException {
        switch (message) {
            case FromGuest.Started(var number, var credit) -> {
                check(pid == 0);
                grantStdin(credit);
                pid = number;
            }
            case FromGuest.Refused(var reason) -> {
                check(pid == 0);
                refusal = reason;
            }
            case FromGuest.Data(var output, var data) -> {
                check(pid > 0
                        && !(output == OutputStreamKind.STDERR
                                && request.terminal().isPresent()));
                (output == OutputStreamKind.STDOUT ? stdout : stderr).arrive(data);
            }
            case FromGuest.Window(var credit) -> {
                check(pid > 0);
                grantStdin(credit);
            }
            case FromGuest.Exit(var how) -> {
                check(pid > 0);
                end = how;
            }
        }
        notifyAll();
        return end == null && refusal == null;
    }

    private void grantStdin(int more) throws ViolationException {
        ViolationException.check(more <= ExecLimits.MAX_CREDIT - stdinCredit, ViolationException.CREDIT_OVERFLOW);
        stdinCredit += more;
    }

    private static void check(boolean inOrder) throws ViolationException {
        ViolationException.check(inOrder, ViolationException.ORDER);
    }
}
