package dev.mvm.documents;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The counting of `./dev tcb`, by `docs/adr/0026-what-the-budget-counts.md`.
final class LinesToReadTest {
    private static final Path PART =
            Path.of("../dev.d/80-documents.sh").toAbsolutePath().normalize();

    private static int count(String java) throws IOException, InterruptedException {
        var process = new ProcessBuilder("bash", "-c", ". \"$0\" && lines_to_read", PART.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var input = process.getOutputStream()) {
            input.write(java.getBytes(UTF_8));
        }
        var counted = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
        process.waitFor();
        return Integer.parseInt(counted);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "    ",
                "package dev.mvm.model;",
                "import java.util.List;",
                "import static java.util.Map.entry;",
                "// why",
                "    /// Returns it.",
                "    /* why",
                "     * and more */",
                "    }",
                "    });",
                "    @Override",
                "    @GuardedBy(\"this\")",
                "@NullMarked",
                "    @Override @CanIgnoreReturnValue",
                "    @SuppressWarnings(\"MustBeClosedChecker\") // the caller's",
                "    @SuppressWarnings({\"serial\", \"restricted\"})",
                "    @dev.mvm.Annotation",
            })
    void lineWithNothingToRead_doesNotCount(String line) throws IOException, InterruptedException {
        assertThat(count("int before;\n" + line + "\nint after;\n")).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "    return x;",
                "    } else {",
                "    x++; // why",
                "    @Override public String toString() {",
                "    @MustBeClosed Fd open(String name) throws ErrnoException;",
                "    @GuardedBy(\"this\") private int count;",
                "public @interface Immutable {",
            })
    void lineWithSomethingToRead_counts(String line) throws IOException, InterruptedException {
        assertThat(count("int before;\n" + line + "\nint after;\n")).isEqualTo(3);
    }

    @Test
    void linesOfAWholeClass_areThoseSomebodyReads() throws IOException, InterruptedException {
        assertThat(count("""
                package dev.mvm.model;

                import java.util.List;

                /// A thing.
                @Immutable
                public final class Thing {
                    @GuardedBy("this")
                    private int count;

                    /// Returns how often.
                    @Override
                    public synchronized String toString() {
                        return String.format(
                                "%d",
                                count
                        );
                    }
                }
                """)).isEqualTo(6);
    }
}
