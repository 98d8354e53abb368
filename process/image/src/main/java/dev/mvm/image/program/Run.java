package dev.mvm.image.program;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.image.ImageException;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// A program that has ended.
///
/// @param status its exit status; 128 and a signal's number if a signal ended it
/// @param out what it wrote to standard output
/// @param complaint the end of what it wrote to standard error, as printable text in one line
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Run(int status, byte[] out, String complaint) {
    /// Most bytes of output that are kept; a program that writes more is ended.
    public static final int MOST_OUTPUT = (4 << 20) + 1;

    private static final int MOST_COMPLAINT = 4000;

    /// The signal SIGXFSZ.
    private static final int FILE_TOO_LARGE = 25;

    /// Runs a command to its end, with nothing on standard input.
    ///
    /// @param environment the whole environment
    /// @throws ImageException `timed_out` after the deadline, `output_too_long`
    public static Run of(List<String> command, Map<String, String> environment, Path directory, Duration deadline)
            throws ImageException, IOException {
        var builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        builder.environment().clear();
        builder.environment().putAll(environment);
        var process = builder.start();
        try {
            var out = CompletableFuture.supplyAsync(() -> head(process), Run::onThread);
            var complaint = CompletableFuture.supplyAsync(() -> tail(process.getErrorStream()), Run::onThread);
            if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new ImageException(
                        "timed_out", program(command) + " did not end within " + deadline.toSeconds() + " s");
            }
            if (out.join().length == MOST_OUTPUT) {
                throw new ImageException("output_too_long", program(command) + " wrote more than 4 MiB");
            }
            return new Run(process.exitValue(), out.join(), complaint.join());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + program(command) + " ran", e);
        } finally {
            end(process);
        }
    }

    /// Ends a program that runs, and waits for its end. One that waits for a child of its own, as unshare(1) does, is
    /// left to report the child's end.
    private static void end(Process process) {
        kill(process);
        boolean interrupted = Thread.interrupted();
        while (process.isAlive()) {
            try {
                process.waitFor();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void kill(Process process) {
        var children = process.children().toList();
        children.forEach(ProcessHandle::destroyForcibly);
        if (children.isEmpty()) {
            process.destroyForcibly();
        }
    }

    /// The program that this is about, without what sets its limits.
    private static String program(List<String> command) {
        int last = command.lastIndexOf("--");
        return Path.of(command.get(last + 1)).getFileName().toString();
    }

    private static void onThread(Runnable work) {
        Thread.ofVirtual().start(work);
    }

    private static byte[] head(Process process) {
        try (var in = process.getInputStream()) {
            var bytes = in.readNBytes(MOST_OUTPUT);
            if (bytes.length == MOST_OUTPUT) {
                kill(process);
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String tail(InputStream stream) {
        var kept = new ByteArrayOutputStream();
        try (var in = stream) {
            var buffer = new byte[MOST_COMPLAINT];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (kept.size() > 16 * MOST_COMPLAINT) {
                    kept.reset();
                }
                kept.write(buffer, 0, n);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var text = kept.toString(UTF_8).replaceAll("[^ -~]+", " ").strip();
        return text.length() > MOST_COMPLAINT ? text.substring(text.length() - MOST_COMPLAINT) : text;
    }

    /// The last thing that the program complained about, short enough for one line.
    public String shortComplaint() {
        return complaint.length() > 300 ? "..." + complaint.substring(complaint.length() - 300) : complaint;
    }

    /// Says whether the limit of a file's size is why the program failed.
    public boolean wroteTooMuch() {
        return status == 128 + FILE_TOO_LARGE || complaint.contains("file too large");
    }

    /// Says whether the disk is why the program failed.
    public boolean diskIsFull() {
        return complaint.contains("No space left on device");
    }
}
