package dev.mvm.documents.units;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `mvm-node bootstrap` takes compiled filters and no other file: its own function, in a shell.
final class BootstrapFilterTest {
    private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
    private static final Path TOOL = ROOT.resolve("packaging/debian/node/tool");
    private static final String VALIDATE = """
            set -euo pipefail
            . "$1/facts.sh"
            . "$1/bootstrap.sh"
            WORK=$2
            FIRECRACKER_VERSION=1.16.1
            GIVEN[seccomp-filter]=$3
            GIVEN[seccomp-filter-sha256]=$4
            validate_filter
            """;

    @TempDir
    private Path work;

    private String validated(Path filter) throws Exception {
        var digest =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(filter)));
        var process = new ProcessBuilder(
                        "bash", "-c", VALIDATE, "validate", TOOL.toString(), work.toString(), filter.toString(), digest)
                .redirectErrorStream(true)
                .start();
        var said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(said).isEqualTo(said.isEmpty() ? 0 : 1);
        return said;
    }

    /// Byte 0x7b is `{`, and every jump of 123 instructions has it.
    @ParameterizedTest
    @ValueSource(strings = {"deny-40.bpf", "deny-221.bpf"})
    void compiledFilter_isTaken(String name) throws Exception {
        assertThat(validated(
                        ROOT.resolve("verify/firecracker-stub/test/filters").resolve(name)))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "\n\t {\"vmm\": {}}\n", "\r\n\r\n{"})
    void source_isRefused(String text) throws Exception {
        assertThat(validated(Files.writeString(work.resolve("source.json"), text)))
                .contains("that is JSON: compile it, with seccompiler of Firecracker 1.16.1");
    }

    @Test
    void filterThatBeginsWithZero_isNoJson() throws Exception {
        assertThat(validated(Files.write(work.resolve("zero"), new byte[] {0, '\n', '{'})))
                .isEmpty();
    }
}
