package dev.mvm.agentd;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/// The time that the node has been up, at least: until this process started, by the kernel, and since then by the JVM's
/// clock. Neither can be set. The kernel's own figure is not for the agent: where it runs, `/proc` shows processes
/// only.
final class Uptime implements LongSupplier {
    private static final int START_TIME = 19; // proc_pid_stat(5): fields after the command, counted from 0
    private static final int TICKS = 100; // a second, in what the kernel shows on x86-64
    private static final long NANOS = 1_000_000_000;

    private final long startNanos;
    private final LongSupplier nanos;
    private final long from;

    /// @param stat the text of `/proc/self/stat`
    /// @param nanos since any moment, of a clock that cannot be set
    /// @throws IOException if that is no such text
    Uptime(String stat, LongSupplier nanos) throws IOException {
        var fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
        try {
            this.startNanos = Long.parseLong(fields[START_TIME]) * (NANOS / TICKS);
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            throw new IOException("/proc/self/stat does not say when this process started", e);
        }
        this.nanos = nanos;
        this.from = nanos.getAsLong();
    }

    static Uptime ofThisNode() throws IOException {
        return new Uptime(Files.readString(Path.of("/proc/self/stat"), ISO_8859_1), System::nanoTime);
    }

    @Override
    public long getAsLong() {
        return (startNanos + nanos.getAsLong() - from) / NANOS;
    }
}
