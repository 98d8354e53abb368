package dev.mvm.documents.units;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `mvm-node bootstrap` takes compiled filters and no other file, and without one only a Firecracker that is known: its
/// own functions, in a shell.
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

    /// The library's own list is the packaged one, and the operator's is `$3`.
    private static final String KNOWN = """
            set -euo pipefail
            . "$1/facts.sh"
            uname() { echo x86_64; }
            LIBRARY=$2
            RELEASES=$3
            known_build "$4" "$5"
            """;

    @TempDir
    private Path work;

    private boolean known(String version, String digest) throws Exception {
        var node = Files.createDirectories(work.resolve("lib/node"));
        Files.copy(TOOL.resolve("releases"), node.resolve("releases"), StandardCopyOption.REPLACE_EXISTING);
        var library = node.resolve("..").normalize().toString();
        var process = new ProcessBuilder(
                        "bash",
                        "-c",
                        KNOWN,
                        "known",
                        TOOL.toString(),
                        library,
                        work.resolve("own").toString(),
                        version,
                        digest)
                .inheritIO()
                .start();
        return process.waitFor() == 0;
    }

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

    /// A release is known by its digest, not by what it says of itself: any build says a version.
    @Test
    @Tag("claim-L6")
    void buildOfFirecracker_isKnownByItsDigestAndVersion() throws Exception {
        var release = "2fd0171309af7e24cf8dafc8a6f921c1434c49b5f9349bb996b7ed0a4deb8aa7";
        assertThat(known("1.16.1", release)).isTrue();
        assertThat(known("1.15.1", release)).isFalse();
        assertThat(known("1.16.1", "f".repeat(64))).isFalse();
        assertThat(known("1.16.1", "")).isFalse();
        assertThat(known(".*", ".*")).isFalse();
    }

    @Test
    @Tag("claim-L6")
    void listThatOthersCanWrite_namesNoBuild() throws Exception {
        var own = Files.writeString(work.resolve("own"), "1.16.1 x86_64 " + "f".repeat(64) + "\n");
        Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rw-rw-rw-"));
        assertThat(known("1.16.1", "f".repeat(64))).isFalse();
    }

    @Test
    void filterThatBeginsWithZero_isNoJson() throws Exception {
        assertThat(validated(Files.write(work.resolve("zero"), new byte[] {0, '\n', '{'})))
                .isEmpty();
    }
}
