package dev.mvm.coordinator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.coordinator.pki.FleetDirectory;
import dev.mvm.coordinator.pki.Peer;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Rotations of the authority under a running coordinator, over real TLS handshakes.
final class AuthorityRotationTest extends FleetTestBase {
    private static final Duration LIFE = Duration.ofDays(1);

    private final ByteArrayOutputStream told = new ByteArrayOutputStream();
    private int folders;

    private int rotate(String... words) {
        told.reset();
        var line = new ArrayList<>(List.of("rotate-authority"));
        line.addAll(Arrays.asList(words));
        line.addAll(List.of("--dir", folder.resolve("state").toString()));
        var out = new PrintStream(told, true, UTF_8);
        return new CommandLine((_, _, _, _) -> new FakeDocuments().documents(), out, out).run(line);
    }

    private Path node(String name) throws Exception {
        return fleet.credential(CertificateRole.NODE, name, LIFE, Instant.now());
    }

    private Renewals.Renewed renew(Path credential) throws Exception {
        return Renewals.renew(fleet.connect(credential));
    }

    private Path kept(Renewals.Renewed renewed) throws Exception {
        return renewed.into(folder.resolve("kept-" + folders++));
    }

    /// Requires that the coordinator, or the client itself, ends the connection or refuses the call.
    private void refused(Path credential) throws Exception {
        var channel = fleet.connect(credential);
        assertThatThrownBy(() -> Renewals.renew(channel))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode())
                                .isIn(Status.Code.UNAUTHENTICATED, Status.Code.UNAVAILABLE));
    }

    /// The server takes up what a rotation changed within seconds.
    private Renewals.Renewed soon(Path credential) throws Exception {
        long end = System.nanoTime() + TestFleet.PATIENCE.toNanos();
        while (true) {
            try {
                return renew(credential);
            } catch (StatusRuntimeException e) {
                if (System.nanoTime() > end) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(100);
            }
        }
    }

    private static X509Certificate authority(FleetDirectory directory) throws Exception {
        return directory.authority().certificate();
    }

    @Test
    @Tag("claim-C11")
    void nodeThatRenewsMeanwhile_goesOnAndOthersEnd() throws Exception {
        var renewing = node("edge-1");
        var idle = node("edge-2");
        var watching = fleet.node("edge-3");
        watching.nextState();
        var first = authority(fleet.directory);
        assertThat(rotate("start")).isZero();
        var second = authority(fleet.directory);
        assertThat(second.getSubjectX500Principal()).isNotEqualTo(first.getSubjectX500Principal());

        var renewed = renew(renewing);
        assertThat(renewed.answer().getChain(1).toByteArray()).isEqualTo(second.getEncoded());
        assertThat(renewed.answer().getAuthoritiesList())
                .containsExactly(ByteString.copyFrom(second.getEncoded()), ByteString.copyFrom(first.getEncoded()));
        var kept = kept(renewed);
        renew(kept);
        renew(idle); // but does not keep the answer

        assertThat(rotate("finish")).isEqualTo(CommandLine.FAILED);
        assertThat(told.toString(UTF_8))
                .contains("node/edge-3", "--even-if-used")
                .doesNotContain("node/edge-1")
                .hasLineCount(1);
        assertThat(rotate("finish", "--even-if-used")).isZero();
        refused(idle);
        refused(renewing);
        assertThat(watching.ended.get(2, TimeUnit.MINUTES).getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
        var last = renew(kept);
        assertThat(last.answer().getAuthoritiesList()).hasSize(1);
        var one = kept(last);
        soon(one);
        assertThat(soon(node("edge-2")).answer().getAuthoritiesList()).hasSize(1);
    }

    /// A thief of the whole folder: of the authority's key, the list of issued certificates, the server's
    /// key.
    private FleetDirectory thief() throws Exception {
        var copy = Files.createDirectories(folder.resolve("thief/fleet"));
        try (var files = Files.list(folder.resolve("state/fleet"))) {
            for (var file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        return new FleetDirectory(folder.resolve("thief"));
    }

    private Path forged(FleetDirectory thief, String name) throws Exception {
        var out = folder.resolve("forged-" + folders++);
        thief.enrol(new Peer(CertificateRole.NODE, name), LIFE, out, Instant.now());
        return out;
    }

    @Test
    @Tag("claim-C11")
    void thiefOfTheOldAuthority_isNotRenewedByTheNewOneAndEndsWithTheOld() throws Exception {
        var honest = node("edge-1");
        var thief = thief();
        assertThat(rotate("start")).isZero();
        var forged = forged(thief, "edge-1");
        var channel = fleet.connect(forged);
        assertThatThrownBy(() -> Renewals.renew(channel)).hasMessageContaining("no record");
        var kept = kept(renew(honest));
        assertThat(rotate("finish")).isZero();
        assertThatThrownBy(() -> Renewals.renew(channel)).isInstanceOf(StatusRuntimeException.class);
        refused(forged);
        refused(forged(thief, "edge-9"));
        renew(kept);
    }

    @Test
    @Tag("claim-C11")
    void stolenAuthorityThatIsReplaced_endsAtOnceWithAllThatTheThiefHasHadRenewed() throws Exception {
        var honest = fleet.connect(node("edge-1"));
        Renewals.renew(honest);
        var thief = thief();
        var first = kept(renew(forged(thief, "edge-1")));
        var renewed = kept(renew(first));
        assertThat(rotate("replace")).isZero();
        for (var credential : List.of(first, renewed, forged(thief, "edge-1"))) {
            refused(credential);
        }
        assertThatThrownBy(() -> Renewals.renew(honest)).isInstanceOf(StatusRuntimeException.class);
        assertThat(soon(node("edge-1")).answer().getAuthoritiesList()).hasSize(1);
    }

    @Test
    @Tag("claim-C11")
    void authorityStolenDuringARotation_isReplacedToo() throws Exception {
        var early = node("edge-1");
        rotate("start");
        var kept = kept(renew(early));
        assertThat(rotate("replace")).isZero();
        refused(kept);
        refused(early);
        soon(node("edge-1"));
    }

    @Test
    void rotationThatIsUndone_endsForNone() throws Exception {
        var first = authority(fleet.directory);
        var early = node("edge-1");
        var idle = node("edge-2");
        rotate("start");
        var kept = kept(renew(early));
        assertThat(rotate("undo")).isZero();
        assertThat(authority(fleet.directory)).isEqualTo(first);
        var back = renew(kept);
        assertThat(back.answer().getChain(1).toByteArray()).isEqualTo(first.getEncoded());
        assertThat(rotate("finish")).isZero();
        assertThat(renew(kept(back)).answer().getAuthoritiesList()).hasSize(1);
        renew(idle);
        refused(kept);
    }

    @Test
    void revokedNames_hinderNoFinish() throws Exception {
        node("edge-1");
        rotate("start");
        assertThat(rotate("finish")).isEqualTo(CommandLine.FAILED);
        fleet.directory.revoke(new Peer(CertificateRole.NODE, "edge-1"), Instant.now());
        assertThat(rotate("finish")).isZero();
    }

    @Test
    void stepsInAnotherOrder_areRefusedInOneLine() {
        for (var step : List.of("finish", "undo")) {
            assertThat(rotate(step)).isEqualTo(CommandLine.FAILED);
            assertThat(told.toString(UTF_8)).contains("start one first").hasLineCount(1);
        }
        assertThat(rotate("start")).isZero();
        assertThat(rotate("start")).isEqualTo(CommandLine.FAILED);
        assertThat(told.toString(UTF_8)).contains("under way").hasLineCount(1);
    }

    @Test
    void coordinatorThatStartsMeanwhile_trustsBoth() throws Exception {
        var early = node("edge-1");
        rotate("start");
        var kept = kept(renew(early));
        fleet.restart();
        renew(early);
        renew(kept);
    }
}
