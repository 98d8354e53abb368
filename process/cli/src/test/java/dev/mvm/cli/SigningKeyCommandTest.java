package dev.mvm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.crypto.sign.FakeVault;
import dev.mvm.crypto.sign.SoftToken;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `mvm signing-key` with keys in files, tokens and Vault. Each command is a process of its own, since it reads its
/// environment, and starts with the options of the package: what those do not allow the command cannot do.
final class SigningKeyCommandTest {
    private static final Path OPTIONS = Path.of("../../packaging/debian/cli/options");

    @TempDir
    Path dir;

    private final Map<String, String> environment = new HashMap<>();

    /// @ in a line is the test's directory.
    private CommandRun mvm(String line) throws Exception {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "@" + OPTIONS,
                "-cp", // the last one counts
                System.getProperty("java.class.path"),
                "dev.mvm.cli.Main"));
        command.addAll(List.of(line.replace("@", dir + "/").split(" ")));
        // setsid: the process has no terminal
        command.addFirst("--wait");
        command.addFirst("setsid");
        var builder =
                new ProcessBuilder(command).redirectError(dir.resolve("err").toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("MVM_") || name.startsWith("VAULT_"));
        builder.environment().putAll(environment);
        var process = builder.start();
        process.getOutputStream().close();
        var out = new String(process.getInputStream().readAllBytes(), UTF_8);
        int status = process.waitFor();
        return new CommandRun(status, out, Files.readString(dir.resolve("err")));
    }

    private String done(String line) throws Exception {
        var run = mvm(line);
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        return run.out();
    }

    private void refused(String line, String why) throws Exception {
        var run = mvm(line);
        assertThat(run.err()).startsWith("mvm: ").contains(why).hasLineCount(1);
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
    }

    private Path secret(String name, String text) throws Exception {
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        return Files.writeString(Files.createFile(dir.resolve(name), mode), text + "\n");
    }

    /// Root and grant, signed by one key; nothing of it depends on where the key lives.
    private void ceremony(String reference) throws Exception {
        done("signing-key show " + reference + " --out @op.pub");
        assertThat(done("signing-key show " + reference))
                .contains(Files.readString(dir.resolve("op.pub")).strip());
        done("trust new @root --add root=@op.pub --add grant=@op.pub --add state=@op.pub");
        done("trust sign @root --key " + reference);
        var pin = done("trust pin @root").strip();
        done("grant init demo @grant --net 0 --pool web --revision " + RevisionFile.in(dir));
        done("grant sign @grant --key " + reference);
        assertThat(done("grant verify @grant.dsse --root @root.dsse --pin " + pin))
                .contains("demo, version 1");
    }

    @Test
    void encryptedKeyFile_signsRootAndGrant() throws Exception {
        environment.put(
                "MVM_PASSPHRASE_FILE", secret("passphrase", "correct horse").toString());
        assertThat(done("signing-key new @op.key")).contains("op.key  ed25519:");
        assertThat(dir.resolve("op.key")).content().startsWith("-----BEGIN MVM ENCRYPTED SIGNING KEY-----");
        ceremony("@op.key");
        refused("signing-key new @op.key", "a key exists already: " + dir + "/op.key (key_exists)");
    }

    @Test
    void changedPassphrase_opensTheKey_andTheOldOneDoesNot() throws Exception {
        done("signing-key new @op.key --plain");
        assertThat(dir.resolve("op.key")).content().startsWith("-----BEGIN PRIVATE KEY-----");
        var before = done("signing-key show @op.key --json");
        environment.put(
                "MVM_NEW_PASSPHRASE_FILE",
                secret("first", "the first passphrase").toString());
        assertThat(done("signing-key passphrase @op.key")).contains("op.key  has a new passphrase");
        environment.put("MVM_PASSPHRASE_FILE", dir.resolve("first").toString());
        environment.put(
                "MVM_NEW_PASSPHRASE_FILE",
                secret("second", "the second passphrase").toString());
        done("signing-key passphrase @op.key");
        refused("signing-key show @op.key", "wrong passphrase for the key " + dir + "/op.key, or the file was altered");
        environment.put("MVM_PASSPHRASE_FILE", dir.resolve("second").toString());
        assertThat(done("signing-key show @op.key --json")).isEqualTo(before);
    }

    /// A key that JDK 25.0.5.1 has mislabelled; the vectors of the module that reads keys.
    private void mislabelled(String name) throws Exception {
        var vector = Path.of("../../foundation/crypto/sign/src/test/resources/dev/mvm/crypto/sign/keys/"
                + "jdk-25.0.5.1-mislabelled.test-vector.key");
        Files.copy(vector, dir.resolve(name));
        Files.setPosixFilePermissions(dir.resolve(name), PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void mislabelledKey_isRefused_andWrittenRightly() throws Exception {
        mislabelled("op.key");
        environment.put(
                "MVM_PASSPHRASE_FILE", secret("passphrase", "mvm test vector").toString());
        environment.put("MVM_NEW_PASSPHRASE_FILE", dir.resolve("passphrase").toString());
        refused("signing-key show @op.key", "mvm signing-key passphrase FILE writes it rightly (wrong_label)");
        assertThat(done("signing-key passphrase @op.key"))
                .isEqualTo(dir + "/op.key  had the label HMAC-SHA-1 of a faulty JDK; repaired\n" + dir
                        + "/op.key  has a new passphrase\n");
        assertThat(dir.resolve("op.key")).content().startsWith("-----BEGIN MVM ENCRYPTED SIGNING KEY-----");
        assertThat(done("signing-key show @op.key")).contains("5tzVGOEYiaadRFnKkLvhzF8s97wnOmS+IuOHwTfmI/A=");
        assertThat(done("signing-key passphrase @op.key")).isEqualTo(dir + "/op.key  has a new passphrase\n");
    }

    @Test
    void mislabelledKey_isNamedByTheDoctor_whereNoCoordinatorAnswers() throws Exception {
        mislabelled("bad.key");
        done("signing-key new @good.key --plain");
        environment.put("MVM_CONFIG", dir.resolve("cli.conf").toString());
        var complaint =
                "wrong  the key " + dir + "/bad.key says HMAC-SHA-1, as a faulty JDK 25.0.5 wrote it; to repair it: "
                        + "mvm signing-key passphrase " + dir + "/bad.key (wrong_label)";
        var named = mvm("doctor --key @bad.key --key @good.key --key @none.key");
        assertThat(named.status()).isEqualTo(1);
        assertThat(named.out())
                .contains(complaint)
                .contains("ok     the key " + dir + "/good.key has a correct label")
                .contains("wrong  no such file: " + dir + "/none.key (the key) (no_key)");
        assertThat(mvm("doctor").out()).as("beside the settings").contains(complaint);
    }

    @Test
    @Tag("claim-K1")
    void withoutAPassphrase_nothingIsOpened() throws Exception {
        environment.put(
                "MVM_PASSPHRASE_FILE", secret("passphrase", "correct horse").toString());
        done("signing-key new @op.key");
        environment.clear();
        refused("signing-key show @op.key", "(no_passphrase)");
        refused("signing-key new @other.key", "(no_passphrase)");
        assertThat(dir.resolve("other.key")).doesNotExist();
        environment.put("MVM_PASSPHRASE_FILE", dir.resolve("passphrase").toString());
        Files.setPosixFilePermissions(dir.resolve("passphrase"), PosixFilePermissions.fromString("rw-r--r--"));
        refused("signing-key show @op.key", "others may read the passphrase file");
    }

    @Test
    @Tag("claim-K1")
    void keyThatWasExchanged_isNoticedByItsPublicHalf() throws Exception {
        environment.put(
                "MVM_PASSPHRASE_FILE", secret("passphrase", "correct horse").toString());
        done("signing-key new @op.key");
        done("signing-key new @other.key --plain");
        Files.copy(dir.resolve("other.key"), dir.resolve("op.key"), StandardCopyOption.REPLACE_EXISTING);
        refused("signing-key show @op.key", "op.key.pub is not its public half");
        refused("signing-key passphrase @op.key", "(other_public_half)");
    }

    @Test
    void keyInAToken_signsRootAndGrant() throws Exception {
        assumeTrue(
                Files.exists(SoftToken.MODULE) && Files.exists(Path.of("/usr/bin/pkcs11-tool")),
                "SoftHSM is not installed: apt-get install softhsm2 opensc");
        var tokens = SoftToken.in(dir).token("mvm").key("mvm", "op", "01");
        environment.put("SOFTHSM2_CONF", tokens.configuration());
        ceremony(tokens.reference("token=mvm;object=op"));
        refused("signing-key show " + tokens.reference("token=mvm;object=po"), "(no_object)");
        environment.put("MVM_PASSPHRASE_FILE", secret("typed", SoftToken.PIN).toString());
        var asking = "pkcs11:token=mvm;object=op?module-path=" + SoftToken.MODULE;
        assertThat(done("signing-key show " + asking)).contains("ed25519:");
        Files.writeString(dir.resolve("typed"), "000000");
        refused("signing-key show " + asking, "the token refuses the PIN (wrong_pin)");
    }

    @Test
    void keyInVault_signsRootAndGrant() throws Exception {
        try (var vault = FakeVault.start()) {
            environment.put("VAULT_ADDR", "http://" + vault.authority());
            environment.put("VAULT_TOKEN", FakeVault.TOKEN);
            ceremony("transit:root");
            refused("signing-key show transit:toor", "Vault has nothing at transit/keys/toor (no_key)");
            environment.put("VAULT_TOKEN", "hvs.another");
            refused("signing-key show transit:root", "(vault_denied)");
            environment.remove("VAULT_ADDR");
            refused("signing-key show transit:root", "VAULT_ADDR is not set");
        }
    }

    @Test
    void referenceOfNoKind_isRefused() throws Exception {
        refused("signing-key show pkcs12:x", "want a file, a pkcs11: URI or transit:NAME (bad_reference)");
        refused("signing-key show @nothing", "no such file");
    }
}
