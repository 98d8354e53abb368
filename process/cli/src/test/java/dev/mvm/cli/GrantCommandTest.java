package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// `mvm grant`, and `mvm trust init`, which makes the keys for it.
final class GrantCommandTest extends CommandTest {
    private static final String SOME = "sha256:" + "0".repeat(64);

    /// The line of `mvm grant init` for a pool of the tenant demo.
    private CommandRun init(Path file, String more) {
        var line = "grant init demo " + file + " --net 0 --pool web --revision " + revision() + " " + more;
        return mvm(line.strip().split(" "));
    }

    private CommandRun sign(Path file, Path key) {
        return mvm("grant", "sign", file.toString(), "--key", key.toString());
    }

    private CommandRun verify(Path file, Path trust) throws Exception {
        var pin = Files.readString(trust.resolve("root.pin")).strip();
        var root = trust.resolve("root.dsse").toString();
        return mvm("grant", "verify", file + ".dsse", "--root", root, "--pin", pin);
    }

    private Path trust() {
        var trust = dir.resolve("trust");
        assertThat(mvm("trust", "init", "--dir", trust.toString()).status()).isZero();
        return trust;
    }

    @Test
    void grant_goesFromDraftToPublished() throws Exception {
        var trust = trust();
        var file = dir.resolve("demo.json");
        assertThat(init(file, "--flag exec --sealed-key disk:volume").status()).isZero();
        assertThat(sign(file, trust.resolve("grant.key")).status()).isZero();
        assertThat(verify(file, trust).out())
                .contains("pool     web: 0 to 10 of at most 1 vCPU and 128 MiB")
                .contains("exec")
                .contains("key      disk: volume, from version 1");
        var revoked = dir.resolve("revoked.json").toString();
        assertThat(mvm("grant", "edit", file.toString(), revoked, "--set", "keys.disk.min_version=3")
                        .out())
                .contains("! key disk: VERSIONS BEFORE 3 ARE DESTROYED, and what lies under them is lost");
        answer("POST /v1/grants", "{\"tenant\":\"demo\",\"grant_expires\":\"2027-01-01T00:00:00Z\"}");
        assertThat(mvm("grant", "publish", file + ".dsse").out())
                .isEqualTo("demo  granted until 2027-01-01T00:00:00Z\n");
    }

    @Test
    void memoryOfSleepers_isLimitedOnlyIfTheGrantSaysSo() throws Exception {
        var trust = trust();
        var plain = dir.resolve("plain.json");
        assertThat(init(plain, "").status()).isZero();
        assertThat(Files.readString(plain)).contains("\"max_sleeping_mem_mib\" : 67108864");
        var limited = dir.resolve("limited.json");
        assertThat(init(limited, "--sleeping-mem 512").status()).isZero();
        assertThat(Files.readString(limited)).contains("\"max_sleeping_mem_mib\" : 512");
        assertThat(sign(limited, trust.resolve("grant.key")).status()).isZero();
        assertThat(verify(limited, trust).out()).contains("10 GiB disk, 512 MiB asleep\n");
        assertThat(sign(plain, trust.resolve("grant.key")).status()).isZero();
        assertThat(verify(plain, trust).out()).contains("10 GiB disk\n");
        assertThat(init(dir.resolve("none.json"), "--sleeping-mem -1").status()).isEqualTo(2);
    }

    @Test
    void limitOfSleepers_isReviewedInWords() {
        assertThat(init(dir.resolve("demo.json"), "").status()).isZero();
        assertThat(edited("demo.json", "512", "two.json")).contains("- quota max_sleeping_mem_mib no limit -> 512");
        assertThat(edited("two.json", "256", "three.json")).contains("- quota max_sleeping_mem_mib 512 -> 256");
        assertThat(edited("two.json", "67108864", "four.json"))
                .contains("+ quota max_sleeping_mem_mib 512 -> no limit");
    }

    private String edited(String before, String mebibytes, String after) {
        var change = "quotas.max_sleeping_mem_mib=" + mebibytes;
        var from = dir.resolve(before).toString();
        return mvm("grant", "edit", from, dir.resolve(after).toString(), "--set", change)
                .out();
    }

    @Test
    void grantSignedByTheWrongKey_isNotBelieved() throws Exception {
        var trust = trust();
        var file = dir.resolve("demo.json");
        assertThat(init(file, "").status()).isZero();
        assertThat(sign(file, trust.resolve("state.key")).status()).isZero();
        var verified = verify(file, trust);
        assertThat(verified.status()).isEqualTo(1);
        assertThat(verified.err()).startsWith("mvm: verification failed: untrusted_key");
    }

    @Test
    void trustRoot_isShownUnderItsPinOnly_andIsNotOverwritten() throws Exception {
        var trust = trust();
        var root = trust.resolve("root.dsse").toString();
        var pin = Files.readString(trust.resolve("root.pin")).strip();
        assertThat(mvm("trust", "show", root, "--pin", pin).out()).contains("grant    1 of 1");
        assertThat(mvm("trust", "show", root, "--pin", SOME).err())
                .contains("root.dsse: verification failed: not_the_pinned_root");
        assertThat(mvm("trust", "init", "--dir", trust.toString()).err()).contains("a key exists already");
    }
}
