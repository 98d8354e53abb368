package dev.mvm.protocol.guest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.guest.exec.ExecRefusal;
import dev.mvm.protocol.guest.exec.ExecSignal;
import dev.mvm.protocol.guest.exec.FromGuest;
import dev.mvm.protocol.guest.exec.ProgramEnd;
import dev.mvm.protocol.guest.exec.ToGuest;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/// State of a [FakeGuest] between one hello and the next.
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

    /// Sends a message to the host, unless the session is over.
    void send(GuestMessage message) throws IOException {
        guest.awaitThaw();
        line.send(message, this::isOver);
    }

    void send(int stream, FromGuest message) throws IOException {
        send(GuestEncoder.onStream(stream, message));
    }

    void exited(int stream, ProgramEnd.OfItself how) {
        synchronized (this) {
            processes.remove(stream);
        }
        try {
            send(stream, new FromGuest.Exit(how));
        } catch (IOException e) {
            // the reading thread has noticed too
        }
    }

    /// Kills all programs of the session.
    synchronized void end() {
        over = true;
        processes.values().forEach(process -> process.signal(ExecSignal.KILL));
        processes.clear();
    }

    /// Serves a message of the host.
    ///
    /// @throws ProtocolViolationException if the host may not send it now
    void receive(HostMessage message) throws IOException {
        switch (message) {
            case HostMessage.Hello _ -> throw new AssertionError("begins another session");
            case HostMessage.Ping m -> send(new GuestMessage.Pong(m.token()));
            case HostMessage.PowerOff _ -> guest.powerOff();
            case HostMessage.PrepareSleep m -> send(guest.prepareSleep(m.token()));
            case HostMessage.Rekey m ->
                send(guest.rekey(m) ? new GuestMessage.Rekeyed(m.token()) : new GuestMessage.RekeyFailed(m.token()));
            case HostMessage.OnStream(var stream, var inner) -> receive(stream, inner);
        }
    }

    private void receive(int stream, ToGuest message) throws IOException {
        switch (message) {
            case ToGuest.Exec m -> exec(stream, m);
            case ToGuest.Stdin m -> with(stream, process -> process.input(m.data()));
            case ToGuest.StdinEof _ -> with(stream, FakeProcess::endInput);
            case ToGuest.Window m -> with(stream, process -> process.grant(m.output(), m.credit()));
            case ToGuest.Resize m -> with(stream, process -> process.resize(m.size()));
            case ToGuest.SendSignal m -> with(stream, process -> process.signal(m.signal()));
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

    private void exec(int stream, ToGuest.Exec exec) throws IOException {
        var name = text(exec.request().argv().getFirst());
        var program = guest.program(name);
        var refusal = guest.refusal(name);
        if (isInUse(stream)) {
            throw new ProtocolViolationException(EndReason.OUT_OF_ORDER);
        }
        if (isFull()) {
            send(stream, new FromGuest.Refused(ExecRefusal.TOO_MANY_STREAMS));
        } else if (refusal.isPresent() || program.isEmpty()) {
            send(stream, new FromGuest.Refused(refusal.orElse(ExecRefusal.NOT_FOUND)));
        } else {
            start(stream, exec, program.get());
        }
    }

    private void start(int stream, ToGuest.Exec exec, FakeProgram program) throws IOException {
        var process = new FakeProcess(stream, exec, program, this);
        synchronized (this) {
            processes.put(stream, process);
        }
        send(stream, new FromGuest.Started(guest.nextPid(), FakeProcess.STDIN_CREDIT));
        process.start();
    }

    private synchronized boolean isOver() {
        return over;
    }

    private synchronized boolean isInUse(int stream) {
        return processes.containsKey(stream);
    }

    private synchronized boolean isFull() {
        return processes.size() >= GuestLimits.MAX_STREAMS;
    }

    private static String text(Bytes bytes) {
        return new String(bytes.array(), UTF_8);
    }
}
