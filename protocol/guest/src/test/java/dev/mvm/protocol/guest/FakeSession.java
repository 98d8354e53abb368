package dev.mvm.protocol.guest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.model.Bytes;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/// What a [FakeGuest] keeps between one hello and the next.
final class FakeSession {
    private final FakeLine line;
    private final FakeGuest guest;

    // guarded by this
    private final Map<Integer, FakeProcess> processes = new HashMap<>();
    private boolean over;

    FakeSession(FakeLine line, FakeGuest guest) {
        this.line = line;
        this.guest = guest;
    }

    /// Says something to the host, unless the session is over.
    void send(GuestMessage message) throws IOException {
        guest.awaitThaw();
        line.send(message, this::isOver);
    }

    void exited(int stream, ProgramEnd.OfItself how) {
        synchronized (this) {
            processes.remove(stream);
        }
        try {
            send(new GuestMessage.Exit(stream, how));
        } catch (IOException e) {
            // the reading thread has noticed too
        }
    }

    /// Kills everything that the session has started.
    synchronized void end() {
        over = true;
        processes.values().forEach(process -> process.signal(Signal.KILL));
        processes.clear();
    }

    /// Does what the host asks.
    ///
    /// @throws ProtocolViolationException if the host may not ask that now
    void receive(HostMessage message) throws IOException {
        switch (message) {
            case HostMessage.Hello _ -> throw new AssertionError("begins another session");
            case HostMessage.Ping m -> send(new GuestMessage.Pong(m.token()));
            case HostMessage.Exec m -> exec(m);
            case HostMessage.Stdin m -> with(m.stream(), process -> process.input(m.data()));
            case HostMessage.StdinEof m -> with(m.stream(), FakeProcess::endInput);
            case HostMessage.Window m -> with(m.stream(), process -> process.grant(m.output(), m.credit()));
            case HostMessage.Resize m -> with(m.stream(), process -> process.resize(m.size()));
            case HostMessage.SendSignal m -> with(m.stream(), process -> process.signal(m.signal()));
            case HostMessage.PowerOff _ -> guest.powerOff();
        }
    }

    @FunctionalInterface
    private interface Action {
        void on(FakeProcess process) throws ProtocolViolationException;
    }

    private void with(int stream, Action action) throws ProtocolViolationException {
        FakeProcess process;
        synchronized (this) {
            process = processes.get(stream);
        }
        if (process != null) {
            action.on(process);
        }
    }

    private void exec(HostMessage.Exec exec) throws IOException {
        var name = text(exec.request().argv().getFirst());
        var program = guest.program(name);
        var refusal = guest.refusal(name);
        if (isInUse(exec.stream())) {
            throw new ProtocolViolationException(EndReason.OUT_OF_ORDER);
        }
        if (isFull()) {
            send(new GuestMessage.Refused(exec.stream(), ExecRefusal.TOO_MANY_STREAMS));
        } else if (refusal.isPresent() || program.isEmpty()) {
            send(new GuestMessage.Refused(exec.stream(), refusal.orElse(ExecRefusal.NOT_FOUND)));
        } else {
            start(exec, program.get());
        }
    }

    private void start(HostMessage.Exec exec, FakeProgram program) throws IOException {
        var process = new FakeProcess(exec, program, this);
        synchronized (this) {
            processes.put(exec.stream(), process);
        }
        send(new GuestMessage.Started(exec.stream(), guest.nextPid(), FakeProcess.STDIN_CREDIT));
        process.start();
    }

    private synchronized boolean isOver() {
        return over;
    }

    private synchronized boolean isInUse(int stream) {
        return processes.containsKey(stream);
    }

    private synchronized boolean isFull() {
        return processes.size() >= Limits.MAX_STREAMS;
    }

    private static String text(Bytes bytes) {
        return new String(bytes.array(), UTF_8);
    }
}
