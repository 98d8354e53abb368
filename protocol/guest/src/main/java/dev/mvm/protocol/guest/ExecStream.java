package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A program that runs in a guest. Any thread may call; input that must stay in order comes from one thread at a time.
/// After the program's end, or [#cancel], all calls are without effect.
public final class ExecStream {
    private final int number;
    private final ExecRequest request;
    private final Monitor monitor;
    private final Outbox outbox;
    private final Delivery delivery;

    // guarded by the monitor
    private int stdinCredit;
    private boolean stdinOpen;
    private boolean cancelled;
    private int pid;
    private @Nullable ExecRefusal refusal;
    private boolean exited;

    ExecStream(int number, ExecRequest request, ExecOutput output, Monitor monitor, Outbox outbox) {
        this.number = number;
        this.request = request;
        this.monitor = monitor;
        this.outbox = outbox;
        delivery = new Delivery(number, output, this::cancel, monitor, outbox);
        stdinOpen = request.stdin();
    }

    /// Passes input on; waits while the guest has granted no credit for it.
    ///
    /// @throws IllegalStateException if the request said that there is no input, or it has been closed
    /// @throws InterruptedException if interrupted before all of it was passed on
    public void stdin(Bytes data) throws ChannelClosedException, InterruptedException {
        var bytes = data.array();
        int at = 0;
        while (at < bytes.length) {
            at += stdin(bytes, at);
        }
    }

    private int stdin(byte[] bytes, int from) throws ChannelClosedException, InterruptedException {
        synchronized (monitor) {
            monitor.await(() -> over() || !stdinOpen || (stdinCredit > 0 && outbox.hasRoom()));
            if (over()) {
                return bytes.length - from;
            }
            checkStdin();
            int size = Math.min(bytes.length - from, Math.min(stdinCredit, Limits.MAX_DATA));
            stdinCredit -= size;
            outbox.add(new HostMessage.Stdin(number, Bytes.of(Arrays.copyOfRange(bytes, from, from + size))));
            return size;
        }
    }

    /// Ends the input.
    ///
    /// @throws IllegalStateException if the request said that there is no input, or it has been closed
    public void closeStdin() throws ChannelClosedException, InterruptedException {
        synchronized (monitor) {
            monitor.await(() -> over() || outbox.hasRoom());
            if (!over()) {
                checkStdin();
                stdinOpen = false;
                outbox.add(new HostMessage.StdinEof(number));
                monitor.changed();
            }
        }
    }

    /// Changes the terminal's size.
    ///
    /// @throws IllegalStateException if the program has no terminal
    public void resize(TerminalSize size) throws ChannelClosedException, InterruptedException {
        if (request.terminal().isEmpty()) {
            throw new IllegalStateException("the program has no terminal");
        }
        send(new HostMessage.Resize(number, size));
    }

    /// Sends a signal to the program and its process group.
    public void signal(Signal signal) throws ChannelClosedException, InterruptedException {
        send(new HostMessage.SendSignal(number, signal));
    }

    /// Kills the program and forgets it: the consumer is not called again, but for a call that is under way. Never
    /// waits.
    public void cancel() {
        synchronized (monitor) {
            if (!over()) {
                // not refused for want of room: there is one for each stream
                outbox.add(new HostMessage.SendSignal(number, Signal.KILL));
            }
            cancelled = true;
            delivery.mute();
            monitor.changed();
        }
    }

    private void send(HostMessage message) throws ChannelClosedException, InterruptedException {
        synchronized (monitor) {
            monitor.await(() -> over() || outbox.hasRoom());
            if (!over()) {
                outbox.add(message);
            }
        }
    }

    private void checkStdin() {
        if (!stdinOpen) {
            throw new IllegalStateException("the program has no input, or no more");
        }
    }

    private boolean over() {
        return cancelled || hasEnded();
    }

    Delivery delivery() {
        return delivery;
    }

    /// Whether the guest will say no more about the stream. Needs the monitor.
    boolean hasEnded() {
        return exited || refusal != null;
    }

    /// Waits for the guest's answer. Needs the monitor.
    ExecStart start(long deadline) throws ChannelClosedException, InterruptedException {
        if (!monitor.await(() -> pid > 0 || refusal != null, deadline)) {
            return new ExecStart.Unanswered();
        }
        var reason = refusal;
        return reason == null ? new ExecStart.Started(pid, this) : new ExecStart.Refused(reason);
    }

    /// Takes what the guest has said. Needs the monitor.
    ///
    /// @throws ProtocolViolationException if it may not say that now
    void receive(GuestMessage.OnStream message) throws ProtocolViolationException {
        switch (message) {
            case GuestMessage.Started m -> {
                check(pid == 0);
                grantStdin(m.credit());
                pid = m.pid();
            }
            case GuestMessage.Refused m -> {
                check(pid == 0);
                refusal = m.reason();
                delivery.finish();
            }
            case GuestMessage.Data m -> {
                check(pid > 0
                        && !(m.output() == Output.STDERR && request.terminal().isPresent()));
                delivery.arrive(m.output(), m.data());
                return;
            }
            case GuestMessage.Window m -> {
                check(pid > 0);
                grantStdin(m.credit());
            }
            case GuestMessage.Exit m -> {
                check(pid > 0);
                exited = true;
                delivery.finish(m.how());
            }
        }
        monitor.changed();
    }

    private void grantStdin(int more) throws ProtocolViolationException {
        if (more > Limits.MAX_CREDIT - stdinCredit) {
            throw new ProtocolViolationException(EndReason.CREDIT_OVERFLOW);
        }
        stdinCredit += more;
    }

    /// Ends the stream with its channel. Needs the monitor.
    void lose(EndReason reason) {
        if (pid > 0) {
            delivery.finish(new ProgramEnd.Lost(reason));
        } else {
            delivery.finish();
        }
    }

    private static void check(boolean inOrder) throws ProtocolViolationException {
        if (!inOrder) {
            throw new ProtocolViolationException(EndReason.OUT_OF_ORDER);
        }
    }
}
