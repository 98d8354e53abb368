package dev.mvm.agentd.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.agentd.credential.TestAuthority.Wanted;
import dev.mvm.protocol.trust.Ceremony;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A coordinator that answers a request with something else than what was asked for.
final class RenewalAnswerTest {
    private static final Instant NOW = Ceremony.NOW;
    private static final Duration MONTH = Duration.ofDays(30);

    private final KeyPair pair = CertificateRequest.newKey();
    private TestAuthority fleet;
    private Credential present;

    @BeforeEach
    void node() throws Exception {
        fleet = TestAuthority.create(NOW);
        present = fleet.credential(NOW.minus(Duration.ofDays(10)), MONTH);
    }

    private static RenewalAnswer answer(List<X509Certificate> authorities, X509Certificate... chain) {
        try {
            var first = new ArrayList<byte[]>();
            for (var certificate : chain) {
                first.add(certificate.getEncoded());
            }
            var trusted = new ArrayList<byte[]>();
            for (var certificate : authorities) {
                trusted.add(certificate.getEncoded());
            }
            return new RenewalAnswer(first, trusted, Optional.empty());
        } catch (CertificateException e) {
            throw new AssertionError(e);
        }
    }

    private Credential taken(RenewalAnswer answer) throws RenewalException {
        return answer.credential(pair, Ceremony.NODE, present.authorities(), NOW);
    }

    private void refused(RenewalFault fault, RenewalAnswer answer) {
        assertThatThrownBy(() -> taken(answer))
                .isInstanceOfSatisfying(
                        RenewalException.class, e -> assertThat(e.fault()).isEqualTo(fault));
    }

    private X509Certificate issue(Wanted wanted) throws Exception {
        return fleet.issue(wanted, pair.getPublic(), NOW.minusSeconds(300), MONTH);
    }

    @Test
    void whatWasAskedFor_isTaken() throws Exception {
        var certificate = issue(Wanted.node());
        var fresh = taken(answer(List.of(fleet.certificate()), certificate, fleet.certificate()));
        assertThat(fresh.certificate()).isEqualTo(certificate);
        assertThat(fresh.key()).isEqualTo(pair.getPrivate());
        assertThat(fresh.authorities()).containsExactly(fleet.certificate());
        assertThat(Credential.of(fresh.text()).same(fresh)).isTrue();
        assertThat(fresh.toString()).isEqualTo("credential until " + fresh.until());
    }

    @Test
    void anotherName_isRefused() throws Exception {
        for (var wanted : List.of(
                Wanted.named("spiffe://mvm/node/other"),
                Wanted.named("spiffe://mvm/operator/" + Ceremony.NODE),
                Wanted.named(),
                Wanted.named(TestAuthority.NODE, "spiffe://mvm/node/other"),
                Wanted.named(TestAuthority.NODE + "/"))) {
            refused(RenewalFault.WRONG_NAME, answer(List.of(fleet.certificate()), issue(wanted)));
        }
    }

    @Test
    void anotherKey_isRefused() throws Exception {
        var others = CertificateRequest.newKey();
        refused(
                RenewalFault.WRONG_KEY,
                answer(
                        List.of(fleet.certificate()),
                        fleet.issue(Wanted.node(), others.getPublic(), NOW, MONTH),
                        issue(Wanted.node())));
        refused(RenewalFault.WRONG_KEY, answer(List.of(fleet.certificate()), present.certificate()));
    }

    @Test
    void noAuthority_isRefused() throws Exception {
        var stranger = TestAuthority.create(NOW);
        var strangers = stranger.issue(Wanted.node(), pair.getPublic(), NOW.minusSeconds(300), MONTH);
        refused(
                RenewalFault.UNKNOWN_AUTHORITY,
                answer(List.of(fleet.certificate()), strangers, stranger.certificate()));
        var namesake = new TestAuthority(stranger.key(), fleet.certificate()); // right name, wrong key
        refused(
                RenewalFault.UNKNOWN_AUTHORITY,
                answer(
                        List.of(fleet.certificate()),
                        namesake.issue(Wanted.node(), pair.getPublic(), NOW.minusSeconds(300), MONTH)));
    }

    @Test
    void outsideOfItsTime_isRefused() throws Exception {
        for (var from : List.of(NOW.minus(MONTH), NOW.plusSeconds(60))) {
            refused(
                    RenewalFault.NOT_VALID_NOW,
                    answer(List.of(fleet.certificate()), fleet.issue(Wanted.node(), pair.getPublic(), from, MONTH)));
        }
    }

    @Test
    void anotherUse_isRefused() throws Exception {
        var names = List.of(TestAuthority.NODE);
        refused(
                RenewalFault.WRONG_USE,
                answer(
                        List.of(fleet.certificate()),
                        issue(new Wanted(names, List.of(), KeyPurposeId.id_kp_serverAuth, false))));
        refused(
                RenewalFault.WRONG_USE,
                answer(
                        List.of(fleet.certificate()),
                        issue(new Wanted(names, List.of(), KeyPurposeId.id_kp_clientAuth, true))));
    }

    @Test
    void answerWithoutAuthorities_orWithoutCertificate_isRefused() throws Exception {
        refused(RenewalFault.NO_AUTHORITIES, answer(List.of(), issue(Wanted.node()), fleet.certificate()));
        refused(RenewalFault.MALFORMED, answer(List.of(fleet.certificate())));
        refused(
                RenewalFault.MALFORMED,
                new RenewalAnswer(
                        List.of(new byte[] {1, 2}), List.of(fleet.certificate().getEncoded()), Optional.empty()));
        refused(RenewalFault.MALFORMED, answer(Collections.nCopies(9, fleet.certificate()), issue(Wanted.node())));
    }

    @Test
    void authorityThatIsNone_isRefused() throws Exception {
        var leaf = issue(Wanted.node());
        refused(RenewalFault.UNKNOWN_AUTHORITY, answer(List.of(fleet.certificate(), leaf), leaf));
        var old = TestAuthority.create(NOW.minus(Duration.ofDays(4000)));
        refused(RenewalFault.UNKNOWN_AUTHORITY, answer(List.of(fleet.certificate(), old.certificate()), leaf));
    }

    @Test
    void nextAuthority_isTrusted_andTheServersOwnIsKept() throws Exception {
        var next = TestAuthority.create(NOW);
        var certificate = next.issue(Wanted.node(), pair.getPublic(), NOW.minusSeconds(300), MONTH);
        var oldServer = fleet.issue(Wanted.server(), CertificateRequest.newKey().getPublic(), NOW, MONTH);
        var newServer = next.issue(Wanted.server(), CertificateRequest.newKey().getPublic(), NOW, MONTH);
        var only = List.of(next.certificate().getEncoded());
        var chain = List.of(certificate.getEncoded());
        assertThat(taken(new RenewalAnswer(chain, only, Optional.of(oldServer))).authorities())
                .containsExactly(next.certificate(), fleet.certificate());
        assertThat(taken(new RenewalAnswer(chain, only, Optional.of(newServer))).authorities())
                .containsExactly(next.certificate());
        assertThat(taken(new RenewalAnswer(chain, only, Optional.empty())).authorities())
                .containsExactly(next.certificate(), fleet.certificate());
    }
}
