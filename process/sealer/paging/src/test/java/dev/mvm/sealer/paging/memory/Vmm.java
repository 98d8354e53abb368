package dev.mvm.sealer.paging.memory;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.sealer.paging.Threads;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// The program of `src/test/native`, a VMM whose guest has `PAGES` pages, and the socket that it connects to.
public final class Vmm implements AutoCloseable {
    public static final int PAGES = 701;
    static final int SPLIT = 300;
    public static final long BYTES = (long) PAGES * GuestMemory.PAGE;

    /// UFFD_FEATURE_EVENT_REMOVE, as Firecracker asks for it.
    static final int REMOVE = 1 << 3;

    private static final long PATIENCE_SECONDS = 120;
    private static final Path GCC = Path.of("/usr/bin/gcc");

    private final UnixListener listener;
    private final Process process;
    private final BufferedReader output;
    private final Writer input;
    private final long base;

    private Vmm(UnixListener listener, Process process) {
        this.listener = listener;
        this.process = process;
        this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), US_ASCII));
        this.input = process.outputWriter(US_ASCII);
        var first = answer();
        assumeTrue(!first.startsWith("no userfaultfd"), "skipped: " + first);
        assertThat(first).startsWith("base ");
        this.base = Long.parseLong(first.substring(5));
    }

    public static Vmm start(Path folder) throws Exception {
        return start(folder, REMOVE);
    }

    @SuppressWarnings("MustBeClosedChecker") // the listener is closed with the program
    static Vmm start(Path folder, int features) throws Exception {
        var program = build();
        var socket = folder.resolve("u.sock");
        Files.deleteIfExists(socket);
        try (var directory = Directory.open(folder)) {
            var listener = UnixListener.streams(directory, "u.sock", 0600);
            var process = new ProcessBuilder(
                            program.toString(),
                            socket.toString(),
                            Integer.toString(PAGES),
                            Integer.toString(SPLIT),
                            Integer.toString(features))
                    .redirectErrorStream(true)
                    .start();
            try {
                return new Vmm(listener, process);
            } catch (RuntimeException | Error e) {
                process.destroyForcibly();
                listener.close();
                throw e;
            }
        }
    }

    private static synchronized Path build() throws Exception {
        assumeTrue(Files.isExecutable(GCC), "skipped: no " + GCC);
        var out = Path.of("target", "native").toAbsolutePath();
        var make = new ProcessBuilder("make", "-s", "-C", "src/test/native", "OUT=" + out)
                .redirectErrorStream(true)
                .start();
        var said = new String(make.getInputStream().readAllBytes(), US_ASCII);
        assertThat(make.waitFor()).as(said).isZero();
        return out.resolve("vmm");
    }

    /// Returns whether a page is all zeros in the snapshot of this guest; the program reports every other page as
    /// `SNAPSHOT`.
    public static boolean isZero(int page) {
        return page % 3 == 2;
    }

    public static long word(int page, int number) {
        return isZero(page) ? 0 : (page + 1L) * 1_000_003 + number;
    }

    public static int pagesWithContent() {
        int out = 0;
        for (int page = 0; page < PAGES; page++) {
            out += isZero(page) ? 0 : 1;
        }
        return out;
    }

    /// Address of its lower region.
    long base() {
        return base;
    }

    /// Tells it to do something and does not wait.
    public void tell(String line) throws IOException {
        input.write(line + "\n");
        input.flush();
    }

    public String answer() {
        var line = Threads.start(() -> String.valueOf(output.readLine()));
        try {
            return line.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            process.destroyForcibly();
            throw new AssertionError("the VMM does not answer", e);
        }
    }

    public String ask(String line) throws IOException {
        tell(line);
        return answer();
    }

    /// The message that it has sent.
    OfferedMemory offered() throws IOException {
        try (var stop = new WakeUp()) {
            return offered(BYTES, stop, Deadline.never());
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // for the caller
    OfferedMemory offered(long memoryBytes, WakeUp stop, Deadline deadline) throws IOException {
        return OfferedMemory.accept(listener.fd(), memoryBytes, stop, deadline);
    }

    public OfferedMemory send() throws IOException {
        assertThat(ask("send")).isEqualTo("sent");
        return offered();
    }

    void kill() {
        process.destroyForcibly();
        try {
            var _ = process.waitFor();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        kill();
        listener.close();
    }
}
