package dev.mvm.agentd.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.credential.Credentials;
import dev.mvm.agentd.credential.MemoryStateFiles;
import dev.mvm.protocol.audit.FakeCoordinator;
import dev.mvm.protocol.trust.Ceremony;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Servers that the fleet's authority has given a certificate, over real TLS handshakes.
final class CoordinatorTlsTest {
    private static final String COORDINATOR = "spiffe://mvm/coordinator/main";

    @TempDir
    Path folder;

    private boolean connects(String version, String... uris) throws Exception {
        try (var server = new FakeCoordinator(version, List.of(uris))) {
            var handshake = server.handshake();
            var address = InetSocketAddress.createUnresolved("127.0.0.1", server.port());
            var installed = server.credential(folder.resolve("own"), "spiffe://mvm/node/" + Ceremony.NODE);
            var credentials =
                    Credentials.open(installed, new MemoryStateFiles(), Ceremony.NODE, InstantSource.system(), _ -> {});
            var channel = CoordinatorChannel.open(address, credentials);
            try {
                channel.getState(true);
                return handshake.get(2, TimeUnit.MINUTES);
            } finally {
                channel.shutdownNow();
            }
        }
    }

    @Test
    void coordinator_isTaken() throws Exception {
        assertThat(connects("TLSv1.3", COORDINATOR)).isTrue();
    }

    @Test
    @Tag("claim-C10")
    void olderTls_isNotSpoken() throws Exception {
        assertThat(connects("TLSv1.2", COORDINATOR)).isFalse();
    }

    @Test
    @Tag("claim-C10")
    void certificateThatAlsoNamesAnother_isNoCoordinators() throws Exception {
        assertThat(connects("TLSv1.3", COORDINATOR, "spiffe://mvm/node/edge-1")).isFalse();
        assertThat(connects("TLSv1.3", COORDINATOR, "spiffe://mvm/coordinator/second"))
                .isFalse();
    }

    @ParameterizedTest
    @Tag("claim-C10")
    @ValueSource(
            strings = {
                "spiffe://mvm/node/main",
                "spiffe://other/coordinator/main",
                "spiffe://mvm/coordinator/",
                "spiffe://mvm/coordinator/a/b",
                "spiffe://mvm/coordinator/A"
            })
    void otherName_isNoCoordinators(String uri) throws Exception {
        assertThat(connects("TLSv1.3", uri)).isFalse();
    }

    @Test
    @Tag("claim-C10")
    void certificateWithoutAName_isNoCoordinators() throws Exception {
        assertThat(connects("TLSv1.3")).isFalse();
    }
}
