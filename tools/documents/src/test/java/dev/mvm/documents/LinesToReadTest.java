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
        return count("lines_to_read", java);
    }

    private static int count(String function, String code) throws IOException, InterruptedException {
        var process = new ProcessBuilder("bash", "-c", ". \"$0\" && " + function, PART.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var input = process.getOutputStream()) {
            input.write(code.getBytes(UTF_8));
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

    @ParameterizedTest
    @ValueSource(strings = {"", "    ", "#include <stdio.h>", "#include \"launch.h\"", "// why", "    });", "}"})
    void lineOfCWithNothingToRead_doesNotCount(String line) throws IOException, InterruptedException {
        assertThat(count("c_lines_to_read", "int before;\n" + line + "\nint after;\n"))
                .isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"    *out = 0;", "#define MOST 4", "    [KERNEL] = {MUST, artefact},", "} pool;", "x++; // why"})
    void lineOfCWithSomethingToRead_counts(String line) throws IOException, InterruptedException {
        assertThat(count("c_lines_to_read", "int before;\n" + line + "\nint after;\n"))
                .isEqualTo(3);
    }

    /// Neither a comment nor a bracket of its own costs a line.
    @Test
    void linesOfAWholeCFile_areThoseSomebodyReads() throws IOException, InterruptedException {
        assertThat(count("c_lines_to_read", """
                // A table.
                #include <stddef.h>

                static const char *const WORDS[] = {
                    "one", // the first
                    "two",
                };

                size_t words(const char **out) {
                    *out = WORDS[0];
                    return sizeof WORDS / sizeof *WORDS;
                }
                """)).isEqualTo(6);
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
