package dev.mvm.coordinator.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.coordinator.ManualClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Enrolment tokens: used twice, late, by others, after revocations and rotations.
final class EnrolmentTokensTest {
    private static final Peer NODE = new Peer(CertificateRole.NODE, "edge-1");
    private static final Peer OTHER = new Peer(CertificateRole.NODE, "edge-2");

    @TempDir
    private Path dir;

    private final ManualClock clock = new ManualClock();
    private FleetDirectory directory;
    private EnrolmentTokens tokens;

    @BeforeEach
    void open() throws Exception {
        directory = new FleetDirectory(dir);
        directory.create("main", List.of(), clock.instant());
        tokens = new EnrolmentTokens(directory);
    }

    private String make(Peer node) throws PkiException {
        return tokens.make(node, clock.instant());
    }

    private boolean good(Peer node, String token) throws PkiException {
        try {
            var _ = tokens.use(node, token, clock.instant());
            return true;
        } catch (TokenRefusedException e) {
            assertThat(e).hasMessageNotContaining("\n");
            return false;
        }
    }

    private void refused(String why, Peer node, String token) {
        assertThatThrownBy(() -> tokens.use(node, token, clock.instant()))
                .isInstanceOf(TokenRefusedException.class)
                .hasMessageContaining(why)
                .hasMessageEndingWith("mvm-coordinator enrol-token makes another");
    }

    private X509Certificate enrolled(String token) throws Exception {
        var key = Authority.newKeyPair().getPublic();
        return tokens.enrol(NODE, token, key, Duration.ofDays(30), clock.instant())
                .chain()
                .getFirst();
    }

    private List<Path> files() throws Exception {
        try (var files = Files.list(dir.resolve("fleet/tokens"))) {
            return files.toList();
        }
    }

    @Test
    @Tag("claim-C12")
    void token_isGoodOnce_andOnDiskNoLongerThanThat() throws Exception {
        var one = make(NODE);
        var two = make(OTHER);
        assertThat(good(NODE, one)).isTrue();
        refused("was used already", NODE, one);
        tokens = new EnrolmentTokens(new FleetDirectory(dir));
        refused("was used already", NODE, one);
        clock.advance(EnrolmentTokens.LIFE.minusSeconds(1));
        assertThat(good(OTHER, two)).isTrue();
        assertThat(files()).isEmpty();
    }

    @Test
    @Tag("claim-C12")
    void ofManyUsersAtOnce_oneHasIt() throws Exception {
        for (int round = 0; round < 20; round++) {
            var token = make(NODE);
            var together = new CyclicBarrier(8);
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                var users = IntStream.range(0, 8)
                        .mapToObj(_ -> (Callable<Boolean>) () -> {
                            together.await();
                            return good(NODE, token);
                        })
                        .toList();
                int winners = 0;
                for (var user : threads.invokeAll(users)) {
                    winners += user.get() ? 1 : 0;
                }
                assertThat(winners).isEqualTo(1);
            }
        }
    }

    @Test
    @Tag("claim-C12")
    void tokenOfAnotherName_isRefused_andGoodForItsOwn() throws Exception {
        var token = make(OTHER);
        refused("the token is for node/edge-2, not for node/edge-1", NODE, token);
        assertThatThrownBy(() -> tokens.require(NODE, token)).isInstanceOf(TokenRefusedException.class);
        assertThat(good(OTHER, token)).isTrue();
        assertThatThrownBy(() -> make(new Peer(CertificateRole.OPERATOR, "alice")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @Tag("claim-C12")
    void expiredToken_isRefused_andRemoved() throws Exception {
        var used = make(NODE);
        var left = make(OTHER);
        clock.advance(EnrolmentTokens.LIFE);
        refused("has expired", NODE, used);
        clock.advance(Duration.ofHours(-1));
        refused("was used already", NODE, used);
        clock.advance(Duration.ofHours(1));
        var _ = make(NODE);
        assertThat(files()).hasSize(1);
        clock.advance(Duration.ofHours(-1));
        assertThat(good(OTHER, left)).isFalse();
    }

    @Test
    @Tag("claim-C12")
    void wrongTokens_areRefused_andLeaveTheRightOne() throws Exception {
        var token = make(NODE);
        var parts = token.split("\\.", -1);
        var secret = (parts[1].startsWith("A") ? "B" : "A") + parts[1].substring(1);
        for (var wrong : List.of(
                "",
                "x",
                parts[0],
                parts[0] + "." + secret + "." + parts[2],
                "0".repeat(16) + "." + parts[1] + "." + parts[2],
                parts[0] + "." + parts[1] + "." + "0".repeat(64),
                "../../fleet/tokens/" + token,
                token + "\n",
                token + token,
                parts[0] + ".." + parts[2],
                "x".repeat(100_000))) {
            assertThat(good(NODE, wrong)).as(wrong).isFalse();
        }
        assertThat(good(NODE, token)).isTrue();
    }

    @Test
    void onDisk_thereIsADigest_forTheOwnerAlone() throws Exception {
        var token = make(NODE);
        var file = files().getFirst();
        assertThat(Files.readString(file))
                .doesNotContain(token.split("\\.", -1)[1])
                .contains(" edge-1 2026-01-31T12:00:00Z 2026-01-31T13:00:00Z ");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
                .isEqualTo("rwx------");
    }

    @Test
    void damagedFile_isNoToken_hindersNoRevocation_andIsRemoved() throws Exception {
        var token = make(NODE);
        var _ = make(OTHER);
        Files.writeString(files().getFirst(), "nonsense\n");
        Files.writeString(files().getLast(), "a edge-1 b c d\n");
        assertThat(good(NODE, token)).isFalse();
        assertThat(directory.revoke(NODE, clock.instant())).isFalse();
        var _ = make(NODE);
        assertThat(files()).hasSize(1);
    }

    /// The machine knows the coordinator by what a token names, and the old authority signs for the coordinator until a
    /// rotation is finished.
    @Test
    @Tag("claim-C12")
    void duringARotation_tokensNameTheOldAuthority_andEndWithIt() throws Exception {
        var rotation = new AuthorityRotation(dir);
        var old = directory.authority().certificate();
        var before = make(NODE);
        rotation.start(Optional.empty(), clock.instant());
        var during = make(NODE);
        var late = make(NODE);
        assertThat(List.of(before, during)).allMatch(token -> token.endsWith("." + hex(old)));
        var issuing = directory.authority().certificate();
        assertThat(issuing).isNotEqualTo(old);
        for (var token : List.of(before, during)) {
            var certificate = enrolled(token);
            certificate.verify(issuing.getPublicKey());
        }
        rotation.finish(true, clock.instant());
        refused("an authority that was replaced", NODE, late);
        var after = make(NODE);
        assertThat(after).endsWith("." + hex(issuing));
        enrolled(after).verify(issuing.getPublicKey());
    }

    private static String hex(X509Certificate authority) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(authority.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /// A thief of an authority is believed by machines with a token of it, and is told their tokens.
    @Test
    @Tag("claim-C12")
    void tokenOfAStolenAuthority_givesNoCertificateOfTheNext() throws Exception {
        var token = make(NODE);
        new AuthorityRotation(dir).replace(Optional.empty(), clock.instant());
        refused("an authority that was replaced", NODE, token);
    }

    @Test
    @Tag("claim-C12")
    void revokedName_isEnrolledAnewByATokenThatWasMadeAfterwards() throws Exception {
        var revocations = new Revocations(directory);
        var old = enrolled(make(NODE));
        var early = make(NODE);
        for (int i = 0; i < 3; i++) { // within one second
            assertThat(revocations.revoked(old)).isFalse();
            assertThat(directory.revoke(NODE, clock.instant())).isTrue();
            assertThat(revocations.revoked(old)).isTrue();
            refused(i == 0 ? "was revoked" : "was used already", NODE, early);
            old = enrolled(make(NODE));
        }
        assertThat(revocations.revoked(old)).isFalse();
    }

    @Test
    @Tag("claim-C12")
    void nameThatHasATokenAndNothingElse_canBeRevoked() throws Exception {
        clock.advance(Duration.ofMinutes(30));
        var token = make(NODE);
        clock.advance(Duration.ofMinutes(-30));
        assertThat(directory.revoke(OTHER, clock.instant())).isFalse();
        assertThat(directory.revoke(NODE, clock.instant())).isTrue();
        refused("was revoked", NODE, token);
    }

    /// The revocation comes between the use of the token and the certificate.
    @Test
    @Tag("claim-C12")
    void certificateThatComesOfAnEarlierToken_isRevokedFromTheStart() throws Exception {
        var moment = tokens.use(NODE, make(NODE), clock.instant());
        clock.advance(Duration.ofSeconds(5));
        var _ = enrolled(make(NODE)); // else the name would not be known
        assertThat(directory.revoke(NODE, clock.instant())).isTrue();
        var key = Authority.newKeyPair().getPublic();
        var late = directory.enrol(NODE, key, Duration.ofDays(30), moment, clock.instant());
        assertThat(new Revocations(directory).revoked(late.chain().getFirst())).isTrue();
    }
}
