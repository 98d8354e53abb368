package dev.mvm.cli.terminal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// Output of a VM, made fit for a terminal: a guest may be hostile. Printable characters, tabs and ends of lines
/// pass; of all else each byte is shown as `\xHH`.
///
/// Lines that the first process of an image writes for its program (docs/protocol/guest-init.md) become what the
/// program has written.
public final class ConsoleText extends OutputStream {
    /// A line that is longer is shown in parts.
    private static final int LONGEST = 16 * 1024;

    private static final Pattern PROGRAMS = Pattern.compile("(out|err)([:+]) .*", Pattern.DOTALL);
    private static final int PREFIX = "out: ".length();
    private static final int ESCAPED = "\\x00".length();

    private final PrintStream out;
    private final PrintStream err;
    private final Consumer<String> others;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private boolean empty = true;

    /// Shows all lines.
    public ConsoleText(PrintStream out) {
        this(out, out, out::print);
    }

    /// @param err takes what the program writes as errors
    /// @param others takes each line that is not the program's, with its end
    public ConsoleText(PrintStream out, PrintStream err, Consumer<String> others) {
        this.out = out;
        this.err = err;
        this.others = others;
    }

    @Override
    public void write(int octet) {
        empty = false;
        if (octet == '\n') {
            show(line.toByteArray(), true);
            line.reset();
        } else {
            line.write(octet);
            if (line.size() == LONGEST) {
                end();
            }
        }
    }

    @Override
    public void write(byte[] from, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            write(from[i]);
        }
    }

    @Override
    public void flush() {
        out.flush();
        err.flush();
    }

    /// Returns whether nothing has been written.
    public boolean empty() {
        return empty;
    }

    /// Shows the beginning of a line that has not ended.
    public void end() {
        if (line.size() > 0) {
            show(line.toByteArray(), false);
            line.reset();
        }
    }

    private void show(byte[] whole, boolean ends) {
        int length = whole.length;
        if (ends && length > 0 && whole[length - 1] == '\r') {
            length--; // a serial console's end of line has two bytes
        }
        var shown = Arrays.copyOf(whole, length);
        var programs = PROGRAMS.matcher(new String(shown, ISO_8859_1));
        if (!programs.matches()) {
            others.accept(text(shown) + (ends ? "\n" : ""));
            return;
        }
        var stream = programs.group(1).equals("out") ? out : err;
        stream.print(text(unescaped(Arrays.copyOfRange(shown, PREFIX, length))));
        if (ends && programs.group(2).equals(":")) {
            stream.print('\n');
        }
    }

    /// Returns the bytes that `\xHH` stand for, and all others as they are.
    private static byte[] unescaped(byte[] text) {
        var bytes = new ByteArrayOutputStream();
        for (int i = 0; i < text.length; i++) {
            boolean escape = text[i] == '\\' && i + ESCAPED <= text.length && text[i + 1] == 'x';
            int high = escape ? Character.digit(text[i + 2], 16) : -1;
            int low = escape ? Character.digit(text[i + 3], 16) : -1;
            if (high >= 0 && low >= 0) {
                bytes.write(high << 4 | low);
                i += ESCAPED - 1;
            } else {
                bytes.write(text[i]);
            }
        }
        return bytes.toByteArray();
    }

    /// Returns bytes as text without control characters, other characters that are not seen, or malformed UTF-8.
    static String text(byte[] bytes) {
        var text = new StringBuilder();
        var in = ByteBuffer.wrap(bytes);
        var chars = CharBuffer.allocate(bytes.length);
        var decoder = UTF_8.newDecoder();
        while (in.hasRemaining()) {
            var result = decoder.reset().decode(in, chars, true);
            chars.flip().codePoints().forEach(character -> append(character, text));
            chars.clear();
            for (int i = 0; result.isError() && i < result.length(); i++) {
                escape(in.get(), text);
            }
        }
        return text.toString();
    }

    private static void append(int character, StringBuilder to) {
        boolean seen = switch (Character.getType(character)) {
            case Character.CONTROL -> character == '\t';
            case Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
        if (seen) {
            to.appendCodePoint(character);
        } else {
            for (byte octet : Character.toString(character).getBytes(UTF_8)) {
                escape(octet, to);
            }
        }
    }

    private static void escape(byte octet, StringBuilder to) {
        to.append("\\x%02x".formatted(octet));
    }
}
