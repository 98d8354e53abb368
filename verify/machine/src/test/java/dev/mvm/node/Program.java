package dev.mvm.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.guest.GuestChannel;
import dev.mvm.protocol.guest.ProgramListener;
import dev.mvm.protocol.guest.Programs;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.guest.exec.ExecStart;
import dev.mvm.protocol.guest.exec.ProgramEnd;
import dev.mvm.protocol.guest.exec.RunningProgram;
import dev.mvm.protocol.guest.exec.TerminalSize;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// A program in a guest, and all that it has written.
final class Program implements ProgramListener {
    private final CompletableFuture<ProgramEnd> end = new CompletableFuture<>();
    private final CompletableFuture<RunningProgram> stream = new CompletableFuture<>();

    // guarded by this
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private Program() {}

    /// Runs a program without input to its end.
    static Program run(GuestChannel channel, String... argv) throws Exception {
        var program = start(channel, request(Optional.empty(), false, argv));
        var _ = program.end();
        return program;
    }

    /// Starts one that input is written to.
    static Program withInput(GuestChannel channel, String... argv) throws Exception {
        return start(channel, request(Optional.empty(), true, argv));
    }

    /// Starts one that has a terminal.
    static Program withTerminal(GuestChannel channel, TerminalSize size, String... argv) throws Exception {
        return start(channel, request(Optional.of(size), true, argv));
    }

    /// One that is not going to run.
    static Program silent() {
        return new Program();
    }

    static ExecRequest request(Optional<TerminalSize> terminal, boolean stdin, String... argv) {
        return new ExecRequest(
                Arrays.stream(argv).map(Program::bytes).toList(), List.of(), Bytes.EMPTY, terminal, stdin);
    }

    static Bytes bytes(String text) {
        return Bytes.of(text.getBytes(UTF_8));
    }

    private static Program start(GuestChannel channel, ExecRequest request) throws Exception {
        var program = new Program();
        var start = Programs.exec(channel, request, program, Machine.LIMIT);
        assertThat(start).isInstanceOf(ExecStart.Started.class);
        program.stream.complete(((ExecStart.Started) start).program());
        return program;
    }

    RunningProgram stream() {
        return stream.join();
    }

    @Override
    public synchronized void stdout(Bytes data) {
        out.writeBytes(data.array());
        notifyAll();
    }

    @Override
    public synchronized void stderr(Bytes data) {
        err.writeBytes(data.array());
    }

    @Override
    public void ended(ProgramEnd how) {
        end.complete(how);
    }

    /// Waits for the program's end.
    ProgramEnd end() throws Exception {
        return end.get(Machine.LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    /// Waits until its output contains `text`.
    synchronized void awaitOut(String text) throws InterruptedException {
        while (!out().contains(text)) {
            wait();
        }
    }

    synchronized String out() {
        return out.toString(UTF_8);
    }

    synchronized byte[] outBytes() {
        return out.toByteArray();
    }

    synchronized String err() {
        return err.toString(UTF_8);
    }
}
