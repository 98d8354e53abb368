import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// The program of wake.c as a VMM with its guest. Times are those of [System#nanoTime], which on Linux has the same
/// clock.
final class WakeVmm implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;

    private WakeVmm(String... command) throws IOException {
        this.process = new ProcessBuilder(List.of(command))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
        if (!"ready".equals(output.readLine())) {
            throw new IllegalStateException("the VMM does not start");
        }
    }

    /// One whose memory comes by userfaultfd from the listener at `socket`.
    static WakeVmm pages(Path program, Path guest, Path wanted, Path socket) throws IOException {
        return new WakeVmm(
                program.toString(), "pages", guest.toString(), wanted.toString(), socket.toString());
    }

    /// One that maps the guest's plaintext.
    static WakeVmm file(Path program, Path guest, Path wanted) throws IOException {
        return new WakeVmm(program.toString(), "file", guest.toString(), wanted.toString());
    }

    /// Gives it memory.
    ///
    /// @return when it began to load
    long load() throws IOException {
        return Long.parseLong(answer("load").split(" ")[1]);
    }

    /// Lets the guest do what it wants.
    ///
    /// @return when it had done that
    long run() throws IOException {
        return Long.parseLong(answer("run").split(" ")[2]);
    }

    /// Looks at all of its memory.
    void check() throws IOException {
        var found = answer("check");
        if (!found.equals("same")) {
            throw new IllegalStateException("another guest than was sealed: " + found);
        }
    }

    private String answer(String line) throws IOException {
        var input = process.getOutputStream();
        input.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        input.flush();
        var answer = output.readLine();
        if (answer == null) {
            throw new IllegalStateException("the VMM has ended");
        }
        return answer;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
