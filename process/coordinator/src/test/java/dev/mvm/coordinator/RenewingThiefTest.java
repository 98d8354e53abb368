package dev.mvm.coordinator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.coordinator.pki.CertificateRole;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A thief of a node's credential, who renews as fast as the coordinator answers, over real TLS.
final class RenewingThiefTest extends FleetTestBase {
    private static final int BEFORE = 40;

    private int run(String... words) {
        var out = new PrintStream(new ByteArrayOutputStream(), true, UTF_8);
        return new CommandLine((_, _, _, _) -> new FakeDocuments().documents(), out, out).run(List.of(words));
    }

    private int revoke(String name) {
        return run("revoke", "--dir", folder.resolve("state").toString(), "--node", name);
    }

    /// Renews until refused.
    private CompletableFuture<List<Renewals.Renewed>> thief(java.nio.file.Path credential, CountDownLatch begun)
            throws Exception {
        var channel = fleet.connect(credential);
        var taken = new CompletableFuture<List<Renewals.Renewed>>();
        Thread.ofVirtual().start(() -> {
            var got = new ArrayList<Renewals.Renewed>();
            try {
                while (true) {
                    got.add(Renewals.renew(channel));
                    if (got.size() == BEFORE) {
                        begun.countDown();
                    }
                }
            } catch (StatusRuntimeException e) {
                taken.complete(got);
            } catch (Exception e) {
                taken.completeExceptionally(e);
            }
        });
        return taken;
    }

    @Test
    @Tag("claim-C11")
    void thiefWhoRenewsMeanwhile_hasNoGoodCertificateAfterwards() throws Exception {
        var stolen = fleet.credential(CertificateRole.NODE, "edge-1", Duration.ofDays(1), Instant.now());
        var begun = new CountDownLatch(1);
        var thief = thief(stolen, begun);
        assertThat(begun.await(TestFleet.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        assertThat(revoke("edge-1")).isZero();
        var taken = thief.get(TestFleet.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        for (var last : taken.reversed().subList(0, BEFORE / 2)) {
            var credential = last.into(folder.resolve("thief-" + System.identityHashCode(last)));
            Files.copy(stolen.resolve("ca.pem"), credential.resolve("ca.pem"), StandardCopyOption.REPLACE_EXISTING);
            var channel = fleet.connect(credential);
            assertThatThrownBy(() -> Renewals.renew(channel))
                    .isInstanceOfSatisfying(
                            StatusRuntimeException.class,
                            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED));
        }
    }
}
