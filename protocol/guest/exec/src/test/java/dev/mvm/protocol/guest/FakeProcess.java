package dev.mvm.protocol.guest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.guest.exec.ExecSignal;
import dev.mvm.protocol.guest.exec.FromGuest;
import dev.mvm.protocol.guest.exec.OutputStreamKind;
import dev.mvm.protocol.guest.exec.ProgramEnd;
import dev.mvm.protocol.guest.exec.TerminalSize;
import dev.mvm.protocol.guest.exec.ToGuest;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A program that runs in a [FakeGuest], from its own point of view. Every signal ends it.
public final class FakeProcess {
    static final int STDIN_CREDIT = 65_536;
    private static final int MAX_CREDIT = 1 << 20;
    private static final int MAX_DATA = 16_384;

    private final int stream;
    private final ExecRequest request;
    private final FakeSession session;
    private final Thread thread;

    // guarded by this
    private final Map<OutputStreamKind, Integer> credit = new EnumMap<>(OutputStreamKind.class);
    private final ByteBuffer input = ByteBuffer.allocate(STDIN_CREDIT);
    private int consumed;
    private boolean inputEnded;
    private Optional<TerminalSize> terminal;
    private boolean ended;
    private Optional<ExecSignal> killedBy = Optional.empty();

    FakeProcess(int stream, ToGuest.Exec exec, FakeProgram program, FakeSession session) {
        this.stream = stream;
        request = exec.request();
        this.session = session;
        credit.put(OutputStreamKind.STDOUT, exec.credit());
        credit.put(OutputStreamKind.STDERR, exec.credit());
        inputEnded = !request.stdin();
        terminal = request.terminal();
        thread = Thread.ofVirtual().name("fake program " + stream).unstarted(() -> live(program));
    }

    void start() {
        thread.start();
    }

    private void live(FakeProgram program) {
        int status;
        try {
            status = program.run(this);
        } catch (IOException | InterruptedException e) {
            status = 1;
        }
        session.exited(stream, end(status));
    }

    private synchronized ProgramEnd.OfItself end(int status) {
        ended = true;
        var _ = Thread.interrupted(); // no longer meant for the program
        return killedBy.<ProgramEnd.OfItself>map(signal -> new ProgramEnd.Killed(signal.number()))
                .orElseGet(() -> new ProgramEnd.Exited(status));
    }

    public List<String> arguments() {
        return request.argv().stream().map(FakeProcess::text).toList();
    }

    public String directory() {
        return request.directory().length() == 0 ? "/" : text(request.directory());
    }

    /// Returns an environment variable, empty if it is not set.
    public String variable(String name) {
        return request.env().stream()
                .map(FakeProcess::text)
                .filter(entry -> entry.startsWith(name + "="))
                .map(entry -> entry.substring(name.length() + 1))
                .findFirst()
                .orElse("");
    }

    public synchronized Optional<TerminalSize> terminal() {
        return terminal;
    }

    /// Waits for the signal that ends the program.
    public synchronized void awaitSignal() throws InterruptedException {
        while (true) {
            wait();
        }
    }

    /// Ends the program by `signal`.
    public synchronized void signal(ExecSignal signal) {
        if (killedBy.isEmpty() && !ended) {
            killedBy = Optional.of(signal);
            thread.interrupt();
        }
    }

    synchronized void resize(TerminalSize size) throws ProtocolViolationException {
        if (terminal.isEmpty()) {
            throw new ProtocolViolationException(EndReason.OUT_OF_ORDER);
        }
        terminal = Optional.of(size);
    }

    synchronized void grant(OutputStreamKind output, int more) throws ProtocolViolationException {
        if (more > MAX_CREDIT - credit.get(output)) {
            throw new ProtocolViolationException(EndReason.OUT_OF_ORDER);
        }
        credit.merge(output, more, Integer::sum);
        notifyAll();
    }

    synchronized void input(Bytes data) throws ProtocolViolationException {
        if (inputEnded) {
            throw new ProtocolViolationException(EndReason.OUT_OF_ORDER);
        }
        // what has been consumed without being granted again is not the host's to fill
        if (data.length() > input.remaining() - consumed) {
            throw new ProtocolViolationException(EndReason.OUT_OF_ORDER);
        }
        input.put(data.array());
        notifyAll();
    }

    synchronized void endInput() throws ProtocolViolationException {
        if (inputEnded) {
            throw new ProtocolViolationException(EndReason.OUT_OF_ORDER);
        }
        inputEnded = true;
        notifyAll();
    }

    public InputStream in() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                var one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
            }

            @Override
            public int read(byte[] into, int from, int length) throws IOException {
                return take(into, from, length);
            }
        };
    }

    public OutputStream out() {
        return stream(OutputStreamKind.STDOUT);
    }

    /// The same as [#out] with a terminal.
    public OutputStream err() {
        return stream(terminal().isPresent() ? OutputStreamKind.STDOUT : OutputStreamKind.STDERR);
    }

    private int take(byte[] into, int from, int length) throws IOException {
        int count;
        int grant = 0;
        synchronized (this) {
            while (input.position() == 0 && !inputEnded) {
                await();
            }
            count = Math.min(input.position(), length);
            input.flip().get(into, from, count).compact();
            consumed += count;
            if (consumed >= STDIN_CREDIT / 4) {
                grant = consumed;
                consumed = 0;
            }
        }
        if (grant > 0) {
            session.send(stream, new FromGuest.Window(grant));
        }
        return count == 0 ? -1 : count;
    }

    private OutputStream stream(OutputStreamKind output) {
        return new OutputStream() {
            @Override
            public void write(int single) throws IOException {
                write(new byte[] {(byte) single}, 0, 1);
            }

            @Override
            public void write(byte[] data, int from, int length) throws IOException {
                for (int at = from; at < from + length; ) {
                    int size = spend(output, from + length - at);
                    var piece = Bytes.of(Arrays.copyOfRange(data, at, at + size));
                    session.send(stream, new FromGuest.Data(output, piece));
                    at += size;
                }
            }
        };
    }

    /// Waits for credit and spends as much as `wanted` or a frame can use.
    private synchronized int spend(OutputStreamKind output, int wanted) throws IOException {
        while (credit.get(output) == 0) {
            await();
        }
        int size = Math.min(Math.min(wanted, MAX_DATA), credit.get(output));
        credit.merge(output, -size, Integer::sum);
        return size;
    }

    @SuppressWarnings("WaitNotInLoop") // the callers loop
    private synchronized void await() throws IOException {
        try {
            wait();
        } catch (InterruptedException e) {
            throw new InterruptedIOException();
        }
    }

    private static String text(Bytes bytes) {
        return new String(bytes.array(), UTF_8);
    }
}
