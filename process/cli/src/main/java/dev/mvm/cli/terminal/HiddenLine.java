package dev.mvm.cli.terminal;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.cli.failure.Failure;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;

/// Reads a line without echo, from the terminal itself even if standard input and output are redirected.
public final class HiddenLine {
    private static final int MAX_BYTES = 2048;

    private HiddenLine() {}

    /// Prints a prompt and reads a line. The caller wipes the result.
    ///
    /// @param most maximum number of characters
    /// @throws Failure if there is no terminal, or the line is empty, too long or not UTF-8
    public static char[] ask(String prompt, int most) throws Failure {
        var saved = RawTerminal.stty("-g");
        var restore = Thread.ofPlatform().unstarted(() -> RawTerminal.restore(saved));
        Runtime.getRuntime().addShutdownHook(restore); // the user may interrupt it
        try (var in = new FileInputStream(RawTerminal.TTY);
                var out = new FileOutputStream(RawTerminal.TTY)) {
            RawTerminal.stty("-echo", "icanon", "icrnl");
            out.write(prompt.getBytes(UTF_8));
            var line = line(in);
            out.write('\n');
            return decoded(line, most);
        } catch (IOException e) {
            throw new Failure("this needs a terminal");
        } finally {
            RawTerminal.restore(saved);
            Runtime.getRuntime().removeShutdownHook(restore);
        }
    }

    /// Reads one line; the kernel delivers whole lines. A line longer than any passphrase is read to its end and
    /// cut.
    private static ByteBuffer line(FileInputStream in) throws IOException {
        var line = ByteBuffer.allocate(MAX_BYTES);
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (line.hasRemaining()) {
                line.put((byte) c);
            }
        }
        return line.flip();
    }

    private static char[] decoded(ByteBuffer line, int most) throws Failure {
        try {
            CharBuffer chars = UTF_8.newDecoder().decode(line);
            var out = Arrays.copyOf(chars.array(), chars.limit());
            Arrays.fill(chars.array(), '\0');
            if (out.length == 0 || out.length > most) {
                throw new Failure("empty line, or more than " + most + " characters");
            }
            return out;
        } catch (CharacterCodingException e) {
            throw new Failure("input is not UTF-8");
        } finally {
            line.clear();
            line.put(new byte[line.capacity()]);
        }
    }
}
