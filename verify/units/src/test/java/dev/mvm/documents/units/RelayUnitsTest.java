package dev.mvm.documents.units;

import static dev.mvm.documents.units.Units.COORDINATOR_RELAY;
import static dev.mvm.documents.units.Units.COORDINATOR_RELAY_SOCKET;
import static dev.mvm.documents.units.Units.KEYD_RELAY;
import static dev.mvm.documents.units.Units.KEYD_RELAY_SOCKET;
import static dev.mvm.documents.units.Units.KEYD_SOCKET;
import static dev.mvm.documents.units.Units.ROOT;
import static dev.mvm.documents.units.Units.says;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Both ends of the relay to a key service on another machine: units, and the configuration that is packaged with
/// them. That stunnel obeys that configuration is KeydRelayTest's to show.
final class RelayUnitsTest {
    private static final List<Unit> ENDS = List.of(KEYD_RELAY, COORDINATOR_RELAY);
    private static final Path SERVING = ROOT.resolve("packaging/debian/keyd/relay.conf");
    private static final Path CALLING = ROOT.resolve("packaging/debian/coordinator/relay.conf");

    private static List<String> lines(Path config, String key) throws IOException {
        return Pattern.compile("(?m)^" + key + " = (.*)$")
                .matcher(Files.readString(config))
                .results()
                .map(line -> line.group(1))
                .toList();
    }

    /// Its only right is that to connect to keyd's socket for callers. The one for documents beside it is for every
    /// user.
    @Test
    @Tag("claim-E2")
    void servingEnd_isAUserOfItsOwn_whoReachesTheKeyServiceAlone() {
        says(
                KEYD_RELAY,
                Map.of(
                        "User", "mvm-keyd-relay",
                        "Group", "mvm-keyd-relay",
                        "SupplementaryGroups", KEYD_SOCKET.one("SocketGroup"),
                        "PrivateNetwork", "yes",
                        "RestrictAddressFamilies", "AF_UNIX",
                        "IPAddressDeny", "any",
                        "TemporaryFileSystem", "/run/mvm:ro"));
        assertThat(KEYD_RELAY.words("BindReadOnlyPaths")).containsExactly("/run/mvm/keyd");
        assertThat(KEYD_RELAY.has("ReadWritePaths") || KEYD_RELAY.has("StateDirectory"))
                .isFalse();
    }

    @Test
    void callingEnd_isNobodyElsesUser_andReachesNoSocketOfMvms() {
        says(COORDINATOR_RELAY, Map.of("DynamicUser", "yes", "SupplementaryGroups", ""));
        assertThat(COORDINATOR_RELAY.words("InaccessiblePaths")).contains("/run/mvm");
        assertThat(COORDINATOR_RELAY.has("ReadWritePaths") || COORDINATOR_RELAY.has("StateDirectory"))
                .isFalse();
    }

    /// A connection there is the coordinator's to the key service.
    @Test
    @Tag("claim-E2")
    void callersSocket_isForTheCoordinatorAlone() throws IOException {
        says(COORDINATOR_RELAY_SOCKET, Map.of("SocketUser", "root", "SocketGroup", "mvm-coord", "SocketMode", "0660"));
        assertThat(lines(CALLING, "accept")).containsExactly(COORDINATOR_RELAY_SOCKET.one("ListenStream"));
        assertThat(lines(SERVING, "connect")).containsExactly(KEYD_SOCKET.one("ListenStream"));
        assertThat(lines(SERVING, "accept")).containsExactly("127.0.0.1:" + KEYD_RELAY_SOCKET.one("ListenStream"));
    }

    @Test
    void bothEnds_haveNoFileOfMvms_andExecuteOneProgram() {
        for (var unit : ENDS) {
            assertThat(unit.words("InaccessiblePaths"))
                    .contains(
                            "/var/lib/mvm-keyd",
                            "/var/lib/mvm-coordinator",
                            "/var/lib/mvm-hostd",
                            "/etc/credstore",
                            "/etc/credstore.encrypted");
            assertThat(unit.words("ExecPaths")).containsExactly("/usr/bin/stunnel4", "/usr/lib/x86_64-linux-gnu");
            says(
                    unit,
                    Map.of(
                            "CapabilityBoundingSet", "",
                            "MemoryDenyWriteExecute", "yes",
                            "PrivateUsers", "yes",
                            "PrivateDevices", "yes",
                            "LimitFSIZE", "0",
                            "MemorySwapMax", "0",
                            "RestrictNamespaces", "yes",
                            "Restart", "always"));
            assertThat(unit.all("SystemCallFilter")).first().isEqualTo("@system-service");
            assertThat(unit.all("SystemCallFilter")).last().isEqualTo("~@privileged @resources @keyring");
        }
    }

    @Test
    @Tag("claim-E2")
    void configuration_believesOneName_andOneVersionOfTls() throws IOException {
        assertThat(lines(SERVING, "checkHost")).containsExactly("mvm-coordinator");
        assertThat(lines(CALLING, "checkHost")).containsExactly("mvm-keyd");
        for (var config : List.of(SERVING, CALLING)) {
            assertThat(lines(config, "verifyChain")).containsExactly("yes");
            assertThat(lines(config, "sslVersion")).containsExactly("TLSv1.3");
            assertThat(lines(config, "sessionResume")).containsExactly("no");
            assertThat(Files.readString(config)).doesNotContain("verifyPeer", "requireCert", "sslVersionM");
        }
    }

    /// The service manager hands over what the configuration names, and nothing of the key service's own.
    @Test
    void credentials_areThoseOfTheUnit() throws IOException {
        for (var unit : ENDS) {
            var name = unit.name().replace(".service", "");
            var config = unit == KEYD_RELAY ? SERVING : CALLING;
            assertThat(unit.one("ImportCredential")).isEqualTo(name + ".*");
            for (var part :
                    Map.of("cert", "cert", "key", "key", "CAfile", "authority").entrySet()) {
                assertThat(lines(config, part.getKey()))
                        .containsExactly("/run/credentials/" + unit.name() + "/" + name + "." + part.getValue());
            }
        }
    }

    /// Nothing listens before operators have written a configuration, and who lacks the program is told so.
    @Test
    void withoutConfigurationOrProgram_nothingListens() {
        for (var socket : List.of(KEYD_RELAY_SOCKET, COORDINATOR_RELAY_SOCKET)) {
            var unit = socket == KEYD_RELAY_SOCKET ? KEYD_RELAY : COORDINATOR_RELAY;
            assertThat(unit.one("ExecStart")).isEqualTo("/usr/bin/stunnel4 " + socket.one("ConditionPathExists"));
            assertThat(unit.one("ConditionPathExists")).isEqualTo(socket.one("ConditionPathExists"));
            assertThat(unit.words("Requires")).containsExactly(socket.name());
            assertThat(socket.one("ExecStartPre"))
                    .contains("/usr/bin/stunnel4 is missing: apt install stunnel4", "exit 1");
        }
    }
}
