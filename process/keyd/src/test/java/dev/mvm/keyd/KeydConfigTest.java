package dev.mvm.keyd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class KeydConfigTest {
    private static final String LEAST = """
        # a comment
        mode = hardened
        state-directory = /var/lib/mvm-keyd
        runtime-directory = /run/mvm/keyd
        coordinator-uid = 990
        signing-key = pkcs11:token=keyd;object=keys
        master = credential
        """;

    private static KeydConfig parse(String text) throws KeydConfig.ConfigException {
        return KeydConfig.parse(text.getBytes(UTF_8), "keyd.conf");
    }

    @Test
    void leastConfiguration_hasTheDocumentedNumbers() throws Exception {
        var config = parse(LEAST);
        assertThat(config.hardened()).isTrue();
        assertThat(config.allowFileMaster()).isFalse();
        assertThat(config.network()).isFalse();
        assertThat(config.limits())
                .isEqualTo(new KeydConfig.Limits(Duration.ofMinutes(5), Duration.ofHours(36), 32, 32));
    }

    @Test
    void allKeys_areRead() throws Exception {
        var config = parse(LEAST + "allow-file-master = yes\npassphrase-file = /etc/pin\nchallenge-seconds = 60\n"
                + "blob-hours = 48\nration-per-hour = 1\nration-burst = 2\n");
        assertThat(config.allowFileMaster()).isTrue();
        assertThat(config.passphraseFile())
                .hasValueSatisfying(path -> assertThat(path).hasToString("/etc/pin"));
        assertThat(config.limits()).isEqualTo(new KeydConfig.Limits(Duration.ofMinutes(1), Duration.ofDays(2), 1, 2));
    }

    @Test
    void keyBehindTransit_needsTheNetwork() throws Exception {
        assertThat(parse(LEAST.replace("credential", "transit:tenants")).network())
                .isTrue();
        assertThat(parse(LEAST.replace("pkcs11:token=keyd;object=keys", "transit:keys"))
                        .network())
                .isTrue();
    }

    @Test
    void wrongLine_isRefusedInOneLine() {
        var wrong = Map.ofEntries(
                Map.entry(LEAST.replace("mode = hardened", ""), "'mode' is missing"),
                Map.entry(LEAST.replace("hardened", "open"), "mode is 'dev' or 'hardened'"),
                Map.entry(LEAST + "mode = dev\n", "'mode' is given twice"),
                Map.entry(LEAST + "master-key = x\n", "unknown key 'master-key'"),
                Map.entry(LEAST + "blob-hours =\n", "'blob-hours' has no value"),
                Map.entry(LEAST + "blob-hours = 0\n", "'blob-hours' is a number from 1 to 336"),
                Map.entry(LEAST + "challenge-seconds = 999999999999\n", "'challenge-seconds' is a number"),
                Map.entry(LEAST + "allow-file-master = maybe\n", "'allow-file-master' is 'yes' or 'no'"),
                Map.entry(LEAST.replace("990", "root"), "'coordinator-uid' is a number"),
                Map.entry(LEAST.replace("/var/lib/mvm-keyd", "state"), "not an absolute path"));
        wrong.forEach((text, message) -> assertThatThrownBy(() -> parse(text))
                .isInstanceOf(KeydConfig.ConfigException.class)
                .hasMessageContaining(message)
                .hasMessageStartingWith("keyd.conf")
                .message()
                .doesNotContain("\n"));
    }

    @Test
    void wrongUsage_hasStatusTwo() {
        for (var words : List.of(
                List.<String>of(),
                List.of("serve"),
                List.of("run"),
                List.of("run", "--config"),
                List.of("run", "--config", "a", "--config", "b"),
                List.of("run", "--port", "1"),
                List.of("audit"),
                List.of("audit", "verify"),
                List.of("init", "--config", "/dev/null", "--root", "x"))) {
            assertThat(Main.run(words)).as(words.toString()).isEqualTo(Main.USAGE);
        }
        assertThat(Main.run(List.of("run", "--config", "/nowhere"))).isEqualTo(Main.FAILED);
        assertThat(Main.run(List.of("help"))).isEqualTo(Main.DONE);
    }
}
