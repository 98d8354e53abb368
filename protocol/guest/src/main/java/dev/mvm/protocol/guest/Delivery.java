package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Hands one program's output to its consumer, on a thread of its own that lives as long as the stream. A stream that
/// nobody listens to any more is drained, because the guest ends it only after its last byte.
final class Delivery {
    /// A call of the consumer.
    @FunctionalInterface
    private interface Call {
        void make() throws IOException;
    }

    private final int stream;
    private final ExecOutput output;
    private final Runnable kill;
    private final Monitor monitor;
    private final Outbox outbox;

    // guarded by this
    private final Inflow stdout = new Inflow();
    private final Inflow stderr = new Inflow();
    private boolean over;
    private boolean muted;
    private @Nullable ProgramEnd end;

    /// What the consumer should not have thrown. Of the thread alone.
    private @Nullable RuntimeException fault;

    /// Made with what ends the program when the consumer fails.
    Delivery(int stream, ExecOutput output, Runnable kill, Monitor monitor, Outbox outbox) {
        this.stream = stream;
        this.output = output;
        this.kill = kill;
        this.monitor = monitor;
        this.outbox = outbox;
    }

    /// Takes in what the guest has sent.
    ///
    /// @throws ProtocolViolationException if that is more than it had credit for
    synchronized void arrive(Output from, Bytes data) throws ProtocolViolationException {
        inflow(from).arrive(data);
        notifyAll();
    }

    /// Ends the delivery, after what has arrived, with news of the program's end.
    synchronized void finish(ProgramEnd how) {
        end = how;
        finish();
    }

    /// Ends the delivery.
    synchronized void finish() {
        over = true;
        notifyAll();
    }

    /// Spares the consumer all further calls.
    synchronized void mute() {
        muted = true;
    }

    /// The life of the stream's thread.
    void run() {
        while (awaitOutput()) {
            pass(Output.STDOUT);
            pass(Output.STDERR);
        }
        var how = end();
        if (how != null) {
            call(() -> output.ended(how));
        }
        if (fault != null) {
            throw fault;
        }
    }

    private void pass(Output from) {
        var bytes = take(from);
        for (int at = 0; at < bytes.length; at += Limits.MAX_DATA) {
            var piece = Bytes.of(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + Limits.MAX_DATA)));
            switch (from) {
                case STDOUT -> call(() -> output.stdout(piece));
                case STDERR -> call(() -> output.stderr(piece));
            }
            if (taken(from, piece.length())) {
                grantAgain(from);
            }
        }
    }

    private void call(Call call) {
        if (isMuted()) {
            return;
        }
        try {
            call.make();
        } catch (IOException e) {
            // the consumer's own news: nobody else has use for it
            kill.run();
        } catch (RuntimeException e) {
            fault = e;
            kill.run();
        }
    }

    private void grantAgain(Output from) {
        synchronized (monitor) {
            monitor.awaitHere(() -> isOver() || outbox.hasRoom());
            if (!isOver()) {
                outbox.add(new HostMessage.Window(stream, from, grant(from)));
            }
        }
    }

    private Inflow inflow(Output from) {
        return switch (from) {
            case STDOUT -> stdout;
            case STDERR -> stderr;
        };
    }

    /// Waits for output; false when there will be no more.
    private synchronized boolean awaitOutput() {
        while (stdout.isEmpty() && stderr.isEmpty() && !over) {
            Monitor.rest(this);
        }
        return !(stdout.isEmpty() && stderr.isEmpty());
    }

    private synchronized byte[] take(Output from) {
        return inflow(from).take();
    }

    private synchronized boolean taken(Output from, int bytes) {
        return inflow(from).taken(bytes);
    }

    private synchronized int grant(Output from) {
        return inflow(from).grant();
    }

    private synchronized boolean isOver() {
        return over;
    }

    private synchronized boolean isMuted() {
        return muted;
    }

    private synchronized @Nullable ProgramEnd end() {
        return end;
    }
}
