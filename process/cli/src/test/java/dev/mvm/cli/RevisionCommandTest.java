package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Digest;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/// `mvm revision`.
final class RevisionCommandTest extends CommandTest {
    private static final String SOME = "sha256:" + "0".repeat(64);

    @Test
    void revision_isNamedByItsDigest_andShown() throws Exception {
        var file = revision();
        var digest = Digest.of(Files.readAllBytes(file)).value();
        var shown = mvm("revision", "show", file.toString()).out();
        assertThat(shown).contains(digest).contains("path:demo").contains("initramfs");
    }

    @Test
    void revision_isNotOverwritten() {
        var file = revision();
        var again = mvm(
                "revision",
                "make",
                file.toString(),
                "--kernel",
                SOME,
                "--initramfs",
                SOME,
                "--flake",
                "path:other",
                "--lock",
                SOME);
        assertThat(again.status()).isEqualTo(1);
        assertThat(again.err()).contains("file exists, not overwritten");
    }

    @Test
    void originIsNeeded_andIsOneOfTwo() {
        var file = dir.resolve("r.json").toString();
        var without = mvm("revision", "make", file, "--kernel", SOME, "--initramfs", SOME);
        assertThat(without.status()).isEqualTo(2);
        var both = mvm(
                "revision",
                "make",
                file,
                "--kernel",
                SOME,
                "--initramfs",
                SOME,
                "--image",
                "web",
                "--flake",
                "path:x",
                "--lock",
                SOME);
        assertThat(both.status()).isEqualTo(2);
        var half = mvm("revision", "make", file, "--kernel", SOME, "--initramfs", SOME, "--flake", "path:x");
        assertThat(half.status()).isEqualTo(2);
        assertThat(dir.resolve("r.json")).doesNotExist();
    }

    @Test
    void whatIsNoRevision_isSaid() throws Exception {
        var file = Files.writeString(dir.resolve("r.json"), "{}");
        var shown = mvm("revision", "show", file.toString());
        assertThat(shown.status()).isEqualTo(1);
        assertThat(shown.err()).contains("not a revision").contains("mvm revision make");
        var granted = mvm(
                "grant",
                "init",
                "demo",
                dir.resolve("g.json").toString(),
                "--net",
                "0",
                "--pool",
                "web",
                "--revision",
                file.toString());
        assertThat(granted.status()).isEqualTo(1);
        assertThat(dir.resolve("g.json")).doesNotExist();
    }
}
