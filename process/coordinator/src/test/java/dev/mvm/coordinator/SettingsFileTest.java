package dev.mvm.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.model.Digest;
import dev.mvm.property.Property;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SettingsFileTest {
    private static final String LEAST = """
            mode = "dev"
            state-dir = "/var/lib/mvm-coordinator"
            [agent]
            listen = "127.0.0.1:4433"
            [keyd]
            socket = "/run/mvm/keyd/keyd.sock"
            [trust]
            root = "/etc/mvm/root.json"
            pin = "sha256:abababababababababababababababababababababababababababababababab"
            state-key = "/etc/mvm/state.key"
            """;

    private static final String KEYD = "[keyd]\nsocket = \"/run/mvm/keyd/keyd.sock\"\n";

    private static CoordinatorConfig parse(String text) throws SettingsException {
        return SettingsFile.parse(text, "c.toml");
    }

    private static void refused(String text, String... parts) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(SettingsException.class)
                .hasMessageNotContaining("\n")
                .hasMessageContainingAll(parts);
    }

    @Test
    void leastConfiguration_hasDefaults() throws SettingsException {
        var settings = parse(LEAST);
        assertThat(settings.mode()).isEqualTo(CoordinatorConfig.Mode.DEV);
        assertThat(settings.state()).isEqualTo(Path.of("/var/lib/mvm-coordinator"));
        assertThat(settings.readyFile()).isEmpty();
        assertThat(settings.operator()).isEmpty();
        assertThat(settings.stateLife()).isEqualTo(Duration.ofDays(1));
        assertThat(settings.agent().listen().getPort()).isEqualTo(4433);
        assertThat(settings.agent().connections()).isEqualTo(100);
        assertThat(settings.agent().credentialLife()).isEqualTo(Duration.ofDays(30));
        assertThat(settings.agent().enrolment()).isEmpty();
    }

    @Test
    void everyKey_isMapped() throws SettingsException {
        var settings = parse("""
                mode = "dev"
                state-dir = "/s"
                ready-file = "/run/ready"
                state-lifetime-seconds = 3600
                [agent]
                listen = "[::]:1"
                connections = 7
                credential-lifetime-hours = 24
                enrolment-listen = "127.0.0.1:4"
                [operator]
                listen = "127.0.0.1:2"
                token-file = "/t"
                [keyd]
                socket = "/s"
                [trust]
                root = "/r"
                pin = "sha256:abababababababababababababababababababababababababababababababab"
                state-key = "/k"
                state-key-passphrase-file = "/p"
                """);
        assertThat(settings.readyFile()).contains(Path.of("/run/ready"));
        assertThat(settings.stateLife()).isEqualTo(Duration.ofHours(1));
        assertThat(settings.agent().connections()).isEqualTo(7);
        assertThat(settings.agent().credentialLife()).isEqualTo(Duration.ofHours(24));
        assertThat(settings.agent().enrolment().orElseThrow().getPort()).isEqualTo(4);
        assertThat(settings.agent().listen().getAddress().isAnyLocalAddress()).isTrue();
        assertThat(settings.operator().orElseThrow().tokenFile()).isEqualTo(Optional.of(Path.of("/t")));
        assertThat(settings.trust())
                .isEqualTo(new CoordinatorConfig.Trust(
                        Path.of("/r"),
                        new Digest("sha256:abababababababababababababababababababababababababababababababab"),
                        "/k",
                        Optional.of(Path.of("/p"))));
    }

    @Test
    void keyService_isNamedByItsSocket() throws SettingsException {
        assertThat(parse(LEAST).keyd())
                .isEqualTo(new CoordinatorConfig.KeyService(Path.of("/run/mvm/keyd/keyd.sock"), Duration.ofDays(1)));
        assertThat(parse(LEAST.replace(KEYD, "[keyd]\nsocket = \"/s\"\nperiod-minutes = 60\n"))
                        .keyd())
                .isEqualTo(new CoordinatorConfig.KeyService(Path.of("/s"), Duration.ofHours(1)));
        refused(LEAST.replace(KEYD, "[keyd]\n"), "keyd.socket is missing");
        refused(LEAST.replace(KEYD, "[keyd]\nsocket = \"s\"\n"), "keyd.socket", "absolute");
        refused(LEAST.replace(KEYD, KEYD + "period-minutes = 9\n"), "keyd.period-minutes", "from 10 to 1440");
        refused(LEAST.replace(KEYD, KEYD + "more = 1\n"), "keyd.more", "unknown key");
    }

    @Test
    void settingsWithoutAKeyService_areRefused_withWhatToDo() {
        refused(LEAST.replace(KEYD, ""), "keyd is missing", "mvm-keyd prepare", "socket =");
    }

    /// Of the coordinators that had tenants' keys themselves.
    @Test
    void settingsOfTenantsKeys_areRefused_withWhatToDo() {
        refused(LEAST + "[keys]\ntransit = \"transit:fleet\"\n", "keys", "remove the section");
        refused(LEAST + "[keys]\nmaster-file = \"/m\"\n", "keys", "remove the section");
        refused(LEAST.replace(KEYD, KEYD + "keys = \"service\"\n"), "keyd.keys", "unknown key");
    }

    @Test
    void unknownKey_isAnErrorWithItsPlace() {
        refused("colour = 1\n" + LEAST, "c.toml:1:1", "colour", "unknown key");
        refused(LEAST + "extra = 1\n", "c.toml:11:1", "trust.extra", "unknown key");
        refused(LEAST + "[more]\nx = 1\n", "more", "unknown key");
    }

    @Test
    void stateKey_isAnAbsolutePathOrAReference() throws SettingsException {
        for (var reference : new String[] {"pkcs11:token=t?module-path=/m.so", "transit:kms/states@2"}) {
            assertThat(parse(LEAST.replace("/etc/mvm/state.key", reference))
                            .trust()
                            .stateKey())
                    .isEqualTo(reference);
        }
        refused(LEAST.replace("/etc/mvm/state.key", "state.key"), "trust.state-key", "absolute");
        refused(LEAST.replace("/etc/mvm/state.key", "vault:states"), "trust.state-key", "absolute");
        refused(LEAST + "state-key-passphrase-file = \"p\"\n", "trust.state-key-passphrase-file", "absolute");
    }

    @Test
    void missingKey_isNamed() {
        refused("mode = \"dev\"\n", "state-dir is missing");
        refused(LEAST.replace("root =", "# root ="), "trust.root is missing");
        refused("", "mode is missing");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mode = \"dev\"|mode = \"test\"|1:1",
                "mode = \"dev\"|mode = 1|1:1",
                "\"/var/lib/mvm-coordinator\"|\"relative\"|2:1",
                "\"/var/lib/mvm-coordinator\"|\"\"|2:1",
                "\"127.0.0.1:4433\"|\"localhost:4433\"|4:1",
                "\"127.0.0.1:4433\"|\"127.0.0.1\"|4:1",
                "\"127.0.0.1:4433\"|\"127.0.0.1:65536\"|4:1",
                "\"127.0.0.1:4433\"|\"127.0.0.1:-1\"|4:1",
                "\"127.0.0.1:4433\"|\"999.0.0.1:1\"|4:1",
                "\"127.0.0.1:4433\"|4433|4:1",
                "mode = \"dev\"|mode = \"dev|1:",
                "[agent]|[agent|3:"
            })
    void wrongValue_isAnErrorWithItsPlace(String good, String bad, String place) {
        refused(LEAST.replace(good, bad), "c.toml:" + place);
    }

    @Test
    void numbers_haveTheirRange() {
        refused("state-lifetime-seconds = 59\n" + LEAST, "1:1", "from 60");
        refused("state-lifetime-seconds = 604801\n" + LEAST, "1:1");
        refused(LEAST.replace("[keyd]", "connections = 0\n[keyd]"), "agent.connections");
    }

    @Test
    void operatorPort_takesATokenInDevModeOnLoopbackOnly() throws SettingsException {
        var operator = LEAST + "[operator]\nlisten = \"127.0.0.1:8080\"\n";
        assertThat(parse(operator).operator()).isPresent();
        refused(operator.replace("127.0.0.1:8080", "0.0.0.0:8080"), "loopback");
        refused(operator.replace("127.0.0.1:8080", "192.0.2.1:8080"), "loopback");
        var hardened = operator.replace("mode = \"dev\"", "mode = \"hardened\"");
        assertThat(parse(hardened.replace("127.0.0.1:8080", "0.0.0.0:8080")).operator())
                .isPresent();
        refused(hardened + "token-file = \"/t\"\n", "hardened", "token", "certificates");
        assertThat(parse(LEAST.replace("mode = \"dev\"", "mode = \"hardened\"")).mode())
                .isEqualTo(CoordinatorConfig.Mode.HARDENED);
    }

    @Test
    void metrics_areServedOnLoopbackOnly() throws SettingsException {
        assertThat(parse(LEAST).metrics()).isEmpty();
        var served = "metrics-listen = \"127.0.0.1:9465\"\n" + LEAST;
        assertThat(parse(served).metrics()).isPresent();
        assertThat(parse(served.replace("127.0.0.1:9465", "[::1]:9465")).metrics())
                .isPresent();
        refused(served.replace("127.0.0.1:9465", "0.0.0.0:9465"), "metrics-listen", "loopback");
        refused(served.replace("127.0.0.1:9465", "192.0.2.1:9465"), "metrics-listen", "loopback");
        refused(served.replace("127.0.0.1:9465", "localhost:9465"), "metrics-listen");
    }

    @Test
    void anyText_isReadOrRefused() {
        Property.holds(600, draw -> {
            var text = new StringBuilder(LEAST);
            for (int i = draw.intBetween(1, 6); i > 0; i--) {
                text.insert(draw.intBetween(0, text.length()), draw.text(0, 4, "\"=[]{}#\n\\.a1'"));
            }
            try {
                assertThat(parse(text.toString()).mode()).isEqualTo(CoordinatorConfig.Mode.DEV);
            } catch (SettingsException e) {
                assertThat(e).hasMessageNotContaining("\n");
            }
        });
    }
}
