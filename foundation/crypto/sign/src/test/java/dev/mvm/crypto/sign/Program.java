package dev.mvm.crypto.sign;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/// Programs that operators use beside this one, as Debian has them: they have to get along.
final class Program {
    private Program() {}

    /// Runs a program that has to succeed.
    ///
    /// @return what it printed
    static byte[] run(Map<String, String> environment, List<String> command) throws Exception {
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        var process = builder.start();
        process.getOutputStream().close();
        var output = process.getInputStream().readAllBytes();
        assertThat(process.waitFor())
                .as(String.join(" ", command) + ": " + new String(output, UTF_8))
                .isZero();
        return output;
    }

    static byte[] run(String... command) throws Exception {
        return run(Map.of(), List.of(command));
    }

    /// Returns whether a program is installed.
    static boolean has(String name) {
        try {
            new ProcessBuilder(name, "--version")
                    .redirectErrorStream(true)
                    .start()
                    .getInputStream()
                    .close();
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
