package dev.mvm.documents.units;

import static dev.mvm.documents.units.Units.COORDINATOR;
import static dev.mvm.documents.units.Units.KEYD;
import static dev.mvm.documents.units.Units.KEYD_DOCUMENTS_SOCKET;
import static dev.mvm.documents.units.Units.KEYD_SOCKET;
import static dev.mvm.documents.units.Units.ROOT;
import static dev.mvm.documents.units.Units.says;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The process that has all keys of tenants: no network, no program, no device, no other process's files.
final class KeydUnitsTest {
    @Test
    @Tag("claim-E1")
    void service_hasNoNetwork() {
        says(
                KEYD,
                Map.of(
                        "PrivateNetwork", "yes",
                        "RestrictAddressFamilies", "AF_UNIX",
                        "IPAddressDeny", "any",
                        "RestrictNamespaces", "yes"));
    }

    @Test
    @Tag("claim-E1")
    void service_isAUserOfItsOwn_withoutAnything() {
        says(
                KEYD,
                Map.of(
                        "User", "mvm-keyd",
                        "Group", "mvm-keyd",
                        "SupplementaryGroups", "",
                        "PrivateDevices", "yes",
                        "PrivateIPC", "yes",
                        "ProtectControlGroups", "strict",
                        "ProtectClock", "yes",
                        "UMask", "0077",
                        "StateDirectoryMode", "0700"));
        assertThat(KEYD.has("DeviceAllow")).isFalse();
        assertThat(KEYD.words("ReadWritePaths")).containsExactly("/run/mvm/keyd");
        assertThat(KEYD.words("InaccessiblePaths"))
                .contains("/run/mvm-root", "/srv/mvm", "/var/lib/mvm-hostd", "/var/lib/mvm-coordinator");
        assertThat(KEYD.words("ExecPaths"))
                .containsExactly("/usr/lib/jvm/java-25-openjdk-amd64", "/usr/lib/x86_64-linux-gnu");
    }

    /// In a user namespace of its own a connection's user would have no number, and keyd compares it.
    @Test
    void usersOfConnections_haveTheirNumbers() {
        assertThat(KEYD.has("PrivateUsers") || KEYD.has("DynamicUser")).isFalse();
    }

    @Test
    @Tag("claim-E1")
    void systemCalls_areThoseOfAServiceWithoutPrivileges() {
        assertThat(KEYD.all("SystemCallFilter")).first().isEqualTo("@system-service seccomp memfd_secret");
        assertThat(KEYD.all("SystemCallFilter")).last().isEqualTo("~@privileged @resources @keyring");
    }

    @Test
    @Tag("claim-E1")
    void keys_areInNoSwapAndNoDump() {
        says(
                KEYD,
                Map.of(
                        "LimitCORE", "0",
                        "LimitMEMLOCK", "64M",
                        "MemorySwapMax", "0",
                        "MemoryZSwapMax", "0",
                        "ImportCredential", "mvm-keyd.*"));
    }

    @Test
    void sockets_areForTheCoordinator_andForDocuments() throws IOException {
        says(
                KEYD_SOCKET,
                Map.of(
                        "ListenStream", "/run/mvm/keyd/keyd.sock",
                        "SocketUser", "mvm-keyd",
                        "SocketGroup", "mvm-coord",
                        "SocketMode", "0660",
                        "Service", "mvm-keyd.service"));
        says(
                KEYD_DOCUMENTS_SOCKET,
                Map.of(
                        "ListenStream", "/run/mvm/keyd/documents.sock",
                        "SocketMode", "0666",
                        "Service", "mvm-keyd.service"));
        assertThat(KEYD.words("Sockets")).containsExactly("mvm-keyd.socket", "mvm-keyd-documents.socket");
        var source = Files.readString(ROOT.resolve("process/keyd/src/main/java/dev/mvm/keyd/Daemon.java"));
        for (var socket : List.of(KEYD_SOCKET, KEYD_DOCUMENTS_SOCKET)) {
            assertThat(source).contains("\"" + socket.one("FileDescriptorName") + "\"");
        }
    }

    /// Of the sockets of a node on the same machine the coordinator sees none.
    @Test
    void coordinator_seesTheKeyServicesSocketsAndNoOthers() {
        says(COORDINATOR, Map.of("TemporaryFileSystem", "/run/mvm:ro"));
        assertThat(COORDINATOR.words("BindReadOnlyPaths")).containsExactly("/run/mvm/keyd");
        assertThat(COORDINATOR.has("BindPaths")).isFalse();
    }

    /// systemd-sysusers takes one line from two packages only if it is the same.
    @Test
    void coordinatorsUser_isTheSameInBothPackages() throws IOException {
        var own = Files.readString(ROOT.resolve("packaging/debian/coordinator/sysusers.conf"));
        assertThat(Files.readString(ROOT.resolve("packaging/debian/keyd/sysusers.conf")))
                .contains(own);
    }
}
