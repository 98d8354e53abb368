package dev.mvm.agentd.link;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.mvm.agentd.credential.RenewalException;
import dev.mvm.agentd.credential.RenewalFault;
import dev.mvm.agentd.credential.TestAuthority;
import dev.mvm.agentd.credential.TestAuthority.Wanted;
import dev.mvm.protocol.control.v1.EnrolRequest;
import dev.mvm.protocol.control.v1.EnrolResponse;
import dev.mvm.protocol.control.v1.NodeEnrolmentGrpc;
import dev.mvm.protocol.trust.Ceremony;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.ClientAuth;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A machine that has a token and nothing else, and coordinators of which most are false.
final class EnrolmentTest {
    private static final Duration MONTH = Duration.ofDays(30);

    private final Instant now = Instant.now();
    private final List<String> tokens = Collections.synchronizedList(new ArrayList<>());
    private TestAuthority fleet;
    private String token = "";
    private Wanted wanted = Wanted.node();
    private Optional<Server> server = Optional.empty();

    @BeforeEach
    void token() throws Exception {
        fleet = TestAuthority.create(now);
        var digest =
                MessageDigest.getInstance("SHA-256").digest(fleet.certificate().getEncoded());
        token = "0123456789abcdef." + "A".repeat(43) + "." + HexFormat.of().formatHex(digest);
    }

    @AfterEach
    void stop() {
        server.ifPresent(Server::shutdownNow);
    }

    private final class Coordinator extends NodeEnrolmentGrpc.NodeEnrolmentImplBase {
        @Override
        public void enrol(EnrolRequest request, StreamObserver<EnrolResponse> answer) {
            tokens.add(request.getNode() + " " + request.getToken());
            try {
                var key = new JcaPKCS10CertificationRequest(request.getRequest().toByteArray()).getPublicKey();
                answer.onNext(EnrolResponse.newBuilder()
                        .addChain(ByteString.copyFrom(fleet.issue(wanted, key, now.minusSeconds(60), MONTH)
                                .getEncoded()))
                        .addAuthorities(ByteString.copyFrom(fleet.certificate().getEncoded()))
                        .build());
                answer.onCompleted();
            } catch (IOException | GeneralSecurityException e) {
                answer.onError(Status.INTERNAL.withCause(e).asRuntimeException());
            }
        }
    }

    private InetSocketAddress start(TestAuthority authority, Wanted certificate, X509Certificate shown)
            throws Exception {
        server = Optional.of(
                TestServer.start(authority, certificate, shown, ClientAuth.NONE, new Coordinator().bindService()));
        return InetSocketAddress.createUnresolved("localhost", server.get().getPort());
    }

    private void refused(RenewalFault fault, InetSocketAddress address) {
        assertThatThrownBy(() -> new Enrolment(Ceremony.NODE, token).enrol(address, now))
                .isInstanceOfSatisfying(
                        RenewalException.class, e -> assertThat(e.fault()).isEqualTo(fault));
    }

    @Test
    void fleetsCoordinator_givesACredential() throws Exception {
        var address = start(fleet, Wanted.server(), fleet.certificate());
        var credential = new Enrolment(Ceremony.NODE, token).enrol(address, now);
        assertThat(tokens).containsExactly(Ceremony.NODE.value() + " " + token);
        assertThat(credential.authorities()).containsExactly(fleet.certificate());
        assertThat(new String(credential.text(), UTF_8)).startsWith("-----BEGIN PRIVATE KEY-----\n");
    }

    @Test
    @Tag("claim-C12")
    void anotherFleetsCoordinator_isNotToldTheToken() throws Exception {
        var other = TestAuthority.create(now);
        var address = start(other, Wanted.server(), other.certificate());
        refused(RenewalFault.UNKNOWN_AUTHORITY, address);
        assertThatThrownBy(() -> new Enrolment(Ceremony.NODE, token).enrol(address, now))
                .hasMessageContaining("the authority was replaced since the token was made")
                .hasMessageNotContaining("\n");
        stop();
        refused(RenewalFault.UNREACHABLE, start(other, Wanted.server(), fleet.certificate())); // what is public, shown
        assertThat(tokens).isEmpty();
    }

    @Test
    @Tag("claim-C12")
    void whoIsNoCoordinator_isNotToldTheToken() throws Exception {
        refused(RenewalFault.UNREACHABLE, start(fleet, Wanted.node(), fleet.certificate()));
        stop();
        var named = new Wanted(
                List.of("spiffe://mvm/node/other"), List.of("localhost"), KeyPurposeId.id_kp_serverAuth, false);
        refused(RenewalFault.UNREACHABLE, start(fleet, named, fleet.certificate()));
        stop();
        var elsewhere = new Wanted(
                List.of("spiffe://mvm/coordinator/main"),
                List.of("other.example.org"),
                KeyPurposeId.id_kp_serverAuth,
                false);
        refused(RenewalFault.UNREACHABLE, start(fleet, elsewhere, fleet.certificate()));
        assertThat(tokens).isEmpty();
    }

    @Test
    @Tag("claim-C12")
    void certificateForAnotherNode_isNotTaken() throws Exception {
        wanted = Wanted.named("spiffe://mvm/node/other");
        refused(RenewalFault.WRONG_NAME, start(fleet, Wanted.server(), fleet.certificate()));
    }

    @Test
    void textThatIsNoToken_isRefused() {
        for (var wrong : List.of("", "x", token + "x", token.replace('.', ' '), "../" + token)) {
            assertThatThrownBy(() -> new Enrolment(Ceremony.NODE, wrong)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
