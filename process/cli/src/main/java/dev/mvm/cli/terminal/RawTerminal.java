package dev.mvm.cli.terminal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.cli.failure.Failure;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// The terminal of this process in raw mode, for a program in an instance: keys are neither interpreted nor echoed
/// here. Uses stty(1), since Java has no call for it.
public final class RawTerminal implements AutoCloseable {
    static final File TTY = new File("/dev/tty");

    private final String saved;

    /// Size in characters.
    public record Size(int rows, int columns) {}

    private RawTerminal(String saved) {
        this.saved = saved;
    }

    /// Switches the terminal to raw mode. Closing restores it; a shutdown hook does if a signal ends the JVM.
    ///
    /// @throws Failure if there is no terminal
    public static RawTerminal take() throws Failure {
        var terminal = new RawTerminal(stty("-g"));
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(terminal::close));
        stty("raw", "-echo");
        return terminal;
    }

    /// Returns the current size.
    ///
    /// @throws Failure if there is no terminal
    public static Size size() throws Failure {
        var words = stty("size").split(" ", -1);
        try {
            return new Size(Integer.parseInt(words[0]), Integer.parseInt(words[1]));
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            throw new Failure("unknown size of the terminal");
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
            throw new Failure("this needs a terminal and the program stty");
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
