package dev.mvm.cli.terminal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.property.Property;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConsoleTextTest {
    private static String shown(byte[]... pieces) {
        var out = new ByteArrayOutputStream();
        var text = new ConsoleText(new PrintStream(out, true, UTF_8));
        for (var piece : pieces) {
            text.write(piece, 0, piece.length);
        }
        text.end();
        return out.toString(UTF_8);
    }

    private static String shown(String console) {
        return shown(console.getBytes(UTF_8));
    }

    @Test
    void printableText_passes() {
        assertThat(shown("a\tb ~\u00e9\u4e2d\ud83d\ude00\nc\r\n")).isEqualTo("a\tb ~\u00e9\u4e2d\ud83d\ude00\nc\n");
    }

    @ParameterizedTest
    @Tag("claim-G7")
    @CsvSource({
        "1b5b324a, \\x1b[2J", // ESC [ 2 J
        "07, \\x07",
        "610d62, a\\x0db", // a return that would hide what stands before it
        "7f, \\x7f",
        "c29b324a, \\xc2\\x9b2J", // CSI in one character of C1
        "9b, \\x9b",
        "ff, \\xff",
        "c3, \\xc3", // cut
        "eda080, \\xed\\xa0\\x80", // a surrogate
        "c080, \\xc0\\x80", // too long for what it is
        "e280ae, \\xe2\\x80\\xae", // what follows would be shown from right to left
        "e280a8, \\xe2\\x80\\xa8",
        "efbbbf, \\xef\\xbb\\xbf"
    })
    void hostileBytes_areShownAsNumbers(String bytes, String expected) {
        assertThat(shown(HexFormat.of().parseHex(bytes))).isEqualTo(expected);
    }

    @Test
    @Tag("claim-G7")
    void linesOfThePrograms_areWhatItHasWritten_andNothingMore() {
        assertThat(shown("out: hello\nerr: \\xc3\\xa9\\x5c\nout+ abc\nout: def\n"))
                .isEqualTo("hello\n\u00e9\\\nabcdef\n");
        assertThat(shown("out: \\x1b[2J\\x0a\n")).isEqualTo("\\x1b[2J\\x0a\n");
        assertThat(shown("out: \\x\nout: \\xg0\nout: \\x4\nmvm-init: started\n"))
                .isEqualTo("\\x\n\\xg0\n\\x4\nmvm-init: started\n");
    }

    @Test
    void outputsOfTheProgram_andOtherLines_goApart() {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var others = new ArrayList<String>();
        var text = new ConsoleText(new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), others::add);
        var console = "[ 0.1] kernel\nout: a\nerr+ b\nerr: \\x1b\nout+ c\nmvm-init: end exited 3\r\nou";
        text.write(console.getBytes(UTF_8), 0, console.length());
        text.end();
        assertThat(out.toString(UTF_8)).isEqualTo("a\nc");
        assertThat(err.toString(UTF_8)).isEqualTo("b\\x1b\n");
        assertThat(others).containsExactly("[ 0.1] kernel\n", "mvm-init: end exited 3\n", "ou");
    }

    /// Whatever a guest prints, and however it arrives.
    @Test
    @Tag("claim-G7")
    void nothingButPrintableCharactersReachesATerminal() {
        Property.holds(4_000, draw -> {
            var bytes = draw.flag()
                    ? draw.bytes(0, 60)
                    : draw.text(0, 60, "ab\\x1b0\n\r\t:+ outer\u0085\u009b\u202e\u001b\u0007\u00e9")
                            .getBytes(UTF_8);
            int cut = draw.intBetween(0, bytes.length);
            var text = shown(Arrays.copyOf(bytes, cut), Arrays.copyOfRange(bytes, cut, bytes.length));
            assertThat(text).doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}\\p{Cn}\u2028\u2029&&[^\\n\\t]]");
            assertThat(text).isEqualTo(shown(bytes));
        });
    }

    @Test
    void endlessLine_isShownInParts() {
        assertThat(shown("x".repeat(100_000))).isEqualTo("x".repeat(100_000));
    }
}
