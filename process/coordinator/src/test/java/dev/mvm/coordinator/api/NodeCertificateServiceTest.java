package dev.mvm.coordinator.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.pki.FleetDirectory;
import dev.mvm.coordinator.pki.NodeCertificates;
import dev.mvm.protocol.control.v1.MakeEnrolmentTokenRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NodeCertificateServiceTest {
    @TempDir
    Path folder;

    /// It would be taken nowhere.
    @Test
    void tokenOfACoordinatorWithoutAPortForIt_isNotMade() throws Exception {
        try (var directory = new FleetDirectory(folder.resolve("state"))) {
            directory.create("main", List.of(), Instant.now());
            var service = new NodeCertificateService(new NodeCertificates(directory, false, InstantSource.system()));
            assertThatThrownBy(() -> service.makeToken(MakeEnrolmentTokenRequest.newBuilder()
                            .setNode("edge-1")
                            .build()))
                    .isInstanceOfSatisfying(ProblemException.class, e -> {
                        assertThat(e.problem().getReason()).isEqualTo("no_enrolment");
                        assertThat(e).hasMessageContaining("enrolment-listen");
                    });
            assertThat(Files.exists(folder.resolve("state/fleet/tokens"))).isFalse();
        }
    }
}
