package dev.mvm.agentd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.agentd.audit.Retention;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AgentConfigTest {
    private static final String GOOD = """
        node = "n-one"
        mode = "dev"
        state-directory = "/var/lib/mvm"
        hostd-socket = "/run/mvm/hostd.sock"
        trust-root = "/etc/mvm/root.dsse"
        trust-pin = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
        coordinator = "coordinator.example:7443"
        credential = "/etc/mvm/credential"
        """;

    @TempDir
    Path dir;

    private AgentConfig read(String text) throws Exception {
        var file = dir.resolve("agentd.toml");
        Files.writeString(file, text);
        return AgentConfig.read(file);
    }

    @Test
    void everyKey_isTakenAsItSays() throws Exception {
        var config = read(GOOD);
        assertThat(config.node()).hasToString("n-one");
        assertThat(config.hardened()).isFalse();
        assertThat(config.stateDirectory()).isEqualTo(Path.of("/var/lib/mvm"));
        assertThat(config.hostdSocket()).isEqualTo(Path.of("/run/mvm/hostd.sock"));
        assertThat(config.trustRoot()).isEqualTo(Path.of("/etc/mvm/root.dsse"));
        assertThat(config.coordinator().getHostString()).isEqualTo("coordinator.example");
        assertThat(config.coordinator().getPort()).isEqualTo(7443);
        assertThat(config.coordinator().isUnresolved()).isTrue();
        assertThat(config.credential()).isEqualTo(Path.of("/etc/mvm/credential"));
        assertThat(config.metricsListen()).isEmpty();
        assertThat(read(GOOD + "metrics-listen = \"127.0.0.1:9464\"\n").metricsListen())
                .contains(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 9464));
        assertThat(read(GOOD + "metrics-listen = \"[::1]:9464\"\n").metricsListen())
                .contains(new InetSocketAddress(InetAddress.ofLiteral("::1"), 9464));
        assertThat(read(GOOD.replace("\"dev\"", "\"hardened\"")).hardened()).isTrue();
    }

    @Test
    void audit_isKeptForAsLongAsItSays_orForAYearAndMore() throws Exception {
        assertThat(read(GOOD).retention()).isEqualTo(Retention.of(400, 16));
        assertThat(read(GOOD + "audit-keep-days = 7\naudit-keep-mib = 2\n").retention())
                .isEqualTo(new Retention(Duration.ofDays(7), 2 << 20));
        for (var bad : List.of(
                "audit-keep-days = 0",
                "audit-keep-days = 36501",
                "audit-keep-days = \"7\"",
                "audit-keep-days = 9223372036854775807",
                "audit-keep-mib = 0",
                "audit-keep-mib = -1",
                "audit-keep-mib = 1048577")) {
            assertThatThrownBy(() -> read(GOOD + bad + "\n"))
                    .as(bad)
                    .isInstanceOf(AgentConfig.ConfigException.class)
                    .hasMessageContaining(bad.substring(0, bad.indexOf(' ')));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        mode = "dev"     | mode = "fast"        | mode is 'dev' or 'hardened'
        node = "n-one"   | node = "N One"       | not a node id
        node = "n-one"   | node = 1             | key 'node' is missing or not a string
        node = "n-one"   | colour = "red"       | unknown key 'colour' (line 1, column 1)
        node = "n-one"   | node =               | line 1
        example:7443     | example              | coordinator is HOST:PORT
        sha256:0000      | sha1:0000            | not a digest
        """)
    void anythingElse_isOneLineThatSaysWhatIsWrong(String part, String replaced, String complaint) {
        assertThatThrownBy(() -> read(GOOD.replace(part.strip(), replaced.strip())))
                .isInstanceOf(AgentConfig.ConfigException.class)
                .message()
                .contains(complaint.strip())
                .doesNotContain("\n");
    }

    /// A name could be resolved to an address that is not the loopback's.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0:9464",
                "192.0.2.1:9464",
                "[::]:9464",
                "localhost:9464",
                "127.0.0.1",
                "127.0.0.1:0",
                "127.0.0.1:70000",
                "127.0.0.999:9464",
                "127.1:9464",
                ":9464",
                ""
            })
    void metricsAnywhereButOnTheLoopback_areRefused(String listen) {
        assertThatThrownBy(() -> read(GOOD + "metrics-listen = \"" + listen + "\"\n"))
                .isInstanceOf(AgentConfig.ConfigException.class)
                .hasMessageEndingWith("metrics-listen is a loopback address and a port, such as 127.0.0.1:9464");
    }

    @Test
    void missingFile_isSaidSo() {
        assertThatThrownBy(() -> AgentConfig.read(dir.resolve("absent"))).hasMessageStartingWith("no such file");
    }

    @Test
    @Tag("claim-A1")
    void confinement_isDemanded() {
        var good = "Uid:\t998\t998\t998\t998\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\n";
        assertThat(AgentConfinement.complaint(good, true)).isEmpty();
        assertThat(AgentConfinement.complaint(good.replace("CapEff:\t0", "CapEff:\t8"), false))
                .contains("capabilities");
        assertThat(AgentConfinement.complaint(good.replace("CapBnd:\t0", "CapBnd:\t8"), false))
                .contains("capabilities");
        assertThat(AgentConfinement.complaint(good.replace("Privs:\t1", "Privs:\t0"), false))
                .contains("no_new_privs");
        assertThat(AgentConfinement.complaint(good.replace("998", "0"), true)).contains("root");
        assertThat(AgentConfinement.complaint(good.replace("998", "0"), false)).isEmpty();
    }
}
