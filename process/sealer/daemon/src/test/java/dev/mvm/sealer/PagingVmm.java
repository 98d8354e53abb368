package dev.mvm.sealer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.errorprone.annotations.MustBeClosed;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// The program of `process/sealer/paging`'s tests: a VMM that loads its guest's memory by userfaultfd.
final class PagingVmm implements AutoCloseable {
    static final int PAGES = 701;
    static final int PAGE = 4096;
    private static final int SPLIT = 300;
    private static final int REMOVE = 1 << 3; // UFFD_FEATURE_EVENT_REMOVE

    private final Process process;
    private final BufferedReader output;

    /// @param socket path of a listening socket
    @MustBeClosed
    PagingVmm(Path socket) throws Exception {
        process = new ProcessBuilder(build().toString(), socket.toString(), "" + PAGES, "" + SPLIT, "" + REMOVE)
                .redirectErrorStream(true)
                .start();
        output = new BufferedReader(new InputStreamReader(process.getInputStream(), US_ASCII));
        var first = answer();
        assumeTrue(!first.startsWith("no userfaultfd"), "skipped: " + first);
        assertThat(first).startsWith("base ");
    }

    private static Path build() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/gcc")), "skipped: no gcc");
        var source = Path.of(System.getProperty("user.dir"), "../paging/src/test/native");
        var out = Files.createDirectories(Path.of("target", "native")).toAbsolutePath();
        var make = new ProcessBuilder("make", "-s", "-C", source.toString(), "OUT=" + out)
                .redirectErrorStream(true)
                .start();
        var said = new String(make.getInputStream().readAllBytes(), US_ASCII);
        assertThat(make.waitFor()).as(said).isZero();
        return out.resolve("vmm");
    }

    void tell(String line) throws IOException {
        var input = process.getOutputStream();
        input.write((line + "\n").getBytes(US_ASCII));
        input.flush();
    }

    String answer() throws Exception {
        return CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return String.valueOf(output.readLine());
                            } catch (IOException e) {
                                return e.toString();
                            }
                        },
                        task -> Thread.ofPlatform().daemon().start(task))
                .get(Exchange.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /// Contents of a guest's page, by which the program knows it as the snapshot's.
    static long word(int page, int number) {
        return page % 3 == 2 ? 0 : (page + 1L) * 1_000_003 + number;
    }

    static int pagesWithContent() {
        return PAGES - PAGES / 3;
    }

    long pid() {
        return process.pid();
    }

    void kill() {
        process.destroyForcibly();
    }

    @Override
    public void close() {
        kill();
    }
}
