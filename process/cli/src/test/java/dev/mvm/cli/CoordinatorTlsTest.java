package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.protocol.audit.FakeCoordinator;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Servers that the fleet's authority has given a certificate, over real TLS handshakes.
final class CoordinatorTlsTest extends CommandTest {
    private static final String COORDINATOR = "spiffe://mvm/coordinator/main";

    private boolean connects(String version, String... uris) throws Exception {
        try (var server = new FakeCoordinator(version, List.of(uris))) {
            server.credential(dir.resolve("alice"));
            Files.writeString(settings(), "api = https://127.0.0.1:" + server.port() + "\ncredential = alice\n");
            var handshake = server.handshake();
            var result = mvm("node", "list"); // fails in any case: the server ends the connection
            assertThat(result.status()).isEqualTo(1);
            assertThat(result.err()).hasLineCount(1);
            return handshake.get(2, TimeUnit.MINUTES);
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
    }

    @Test
    @Tag("claim-C10")
    void otherName_isNoCoordinators() throws Exception {
        assertThat(connects("TLSv1.3", "spiffe://mvm/node/main")).isFalse();
        assertThat(connects("TLSv1.3")).isFalse();
    }
}
