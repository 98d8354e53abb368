package dev.mvm.cli.terminal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.cli.failure.Failure;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// The terminal that this command runs in, handed over to a program elsewhere: every key goes there, nothing is
/// echoed here. stty(1) does the work; Java has no call for it.
public final class RawTerminal implements AutoCloseable {
    static final File TTY = new File("/dev/tty");

    private final String saved;

    /// Its size in characters.
    public record Size(int rows, int columns) {}

    private RawTerminal(String saved) {
        this.saved = saved;
    }

    /// Hands the terminal over. Closing gives it back as it was, also when the JVM is ended by a signal.
    public static RawTerminal take() throws Failure {
        var terminal = new RawTerminal(stty("-g"));
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(terminal::close));
        stty("raw", "-echo");
        return terminal;
    }

    /// The terminal's size now.
    public static Size size() throws Failure {
        var words = stty("size").split(" ", -1);
        try {
            return new Size(Integer.parseInt(words[0]), Integer.parseInt(words[1]));
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            throw new Failure("the terminal's size is unknown");
        }
    }

    static String stty(String... arguments) throws Failure {
        var command = new ArrayList<>(List.of("stty"));
        command.addAll(List.of(arguments));
        try {
            var process = new ProcessBuilder(command)
                    .redirectInput(TTY)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            var output = new String(process.getInputStream().readAllBytes(), US_ASCII).strip();
            if (process.waitFor() != 0) {
                throw new Failure("this needs a terminal");
            }
            return output;
        } catch (IOException e) {
            throw new Failure("this needs a terminal, and stty to prepare it");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("interrupted");
        }
    }

    static void restore(String saved) {
        try {
            stty(saved);
        } catch (Failure e) {
            System.err.println("mvm: the terminal may be left raw; type: stty sane");
        }
    }

    @Override
    public void close() {
        restore(saved);
    }
}
