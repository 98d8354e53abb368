package dev.mvm.coordinator.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.FleetTestBase;
import dev.mvm.coordinator.TestFleet;
import dev.mvm.coordinator.authz.Access;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.pki.Authority;
import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.coordinator.pki.FleetDirectory;
import dev.mvm.coordinator.pki.Peer;
import dev.mvm.protocol.control.v1.CoordinatorMessage;
import dev.mvm.protocol.control.v1.FleetGrpc;
import dev.mvm.protocol.control.v1.ListNodesRequest;
import dev.mvm.protocol.control.v1.NodeLinkGrpc;
import dev.mvm.protocol.control.v1.NodeMessage;
import dev.mvm.protocol.control.v1.Problem;
import dev.mvm.protocol.control.v1.PublishGrantRequest;
import dev.mvm.protocol.control.v1.RenewRequest;
import dev.mvm.protocol.control.v1.ScalePoolRequest;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.security.auth.x500.X500Principal;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Attacks on the gRPC port, over real TLS handshakes.
final class AgentPortTest extends FleetTestBase {
    private static FleetGrpc.FleetBlockingStub fleetOf(Channel channel) {
        return FleetGrpc.newBlockingStub(channel).withDeadlineAfter(TestFleet.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static void refused(Status.Code code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode())
                                .as(e.getMessage())
                                .isEqualTo(code));
    }

    private static String reason(ThrowingCallable call) {
        var out = new ArrayList<String>();
        assertThatThrownBy(call).isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
            var bytes = e.getTrailers() == null ? null : e.getTrailers().get(ProblemException.TRAILER);
            assertThat(bytes).as(e.getMessage()).isNotNull();
            try {
                out.add(Problem.parseFrom(bytes).getReason());
            } catch (IOException broken) {
                throw new AssertionError(broken);
            }
        });
        return out.getFirst();
    }

    /// The status with which a watch ends.
    private static Status watch(Channel channel) throws Exception {
        var ended = new CompletableFuture<Status>();
        NodeLinkGrpc.newStub(channel)
                .watch(new StreamObserver<>() {
                    @Override
                    public void onNext(CoordinatorMessage message) {
                        ended.complete(Status.OK);
                    }

                    @Override
                    public void onError(Throwable error) {
                        ended.complete(Status.fromThrowable(error));
                    }

                    @Override
                    public void onCompleted() {
                        ended.complete(Status.OK);
                    }
                })
                .onNext(NodeMessage.newBuilder()
                        .setHello(NodeMessage.Hello.getDefaultInstance())
                        .build());
        return ended.get(2, TimeUnit.MINUTES);
    }

    @Test
    void operator_findsTheFleetService() throws Exception {
        var stub = fleetOf(fleet.connect(CertificateRole.OPERATOR, "alice"));
        fleet.node("edge-1").nextState();
        assertThat(stub.listNodes(ListNodesRequest.getDefaultInstance()).getNodesList())
                .extracting(node -> node.getNode())
                .containsExactly("edge-1");
    }

    @Test
    void problems_comeInTheTrailer() throws Exception {
        var stub = fleetOf(fleet.connect(CertificateRole.OPERATOR, "alice"));
        var scale = ScalePoolRequest.newBuilder()
                .setTenant("acme")
                .setPool("web")
                .setRunning(1)
                .build();
        assertThat(reason(() -> stub.scalePool(scale))).isEqualTo("unknown_tenant");
        assertThat(reason(
                        () -> stub.scalePool(scale.toBuilder().setTenant("../x").build())))
                .isEqualTo("invalid_request");
    }

    @Test
    @Tag("claim-C1")
    void wrongRole_isRefused() throws Exception {
        var node = fleet.connect(CertificateRole.NODE, "edge-1");
        assertThat(reason(() -> fleetOf(node).listNodes(ListNodesRequest.getDefaultInstance())))
                .isEqualTo("wrong_role");
        var operator = fleet.connect(CertificateRole.OPERATOR, "alice");
        assertThat(watch(operator).getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        refused(
                Status.Code.PERMISSION_DENIED,
                () -> NodeLinkGrpc.newBlockingStub(operator).renew(RenewRequest.getDefaultInstance()));
    }

    @Test
    void coordinatorsOwnCertificate_cannotCall() throws Exception {
        var pem = Files.readString(folder.resolve("state/fleet/server.pem"));
        var stolen = Files.createDirectory(folder.resolve("stolen"));
        Files.writeString(stolen.resolve("key.pem"), pem.substring(0, pem.indexOf("-----BEGIN CERT")));
        Files.writeString(stolen.resolve("cert.pem"), pem.substring(pem.indexOf("-----BEGIN CERT")));
        var ca = pem.substring(pem.lastIndexOf("-----BEGIN CERT"));
        Files.writeString(stolen.resolve("ca.pem"), ca);
        refused(
                Status.Code.UNAVAILABLE,
                () -> fleetOf(fleet.connect(stolen)).listNodes(ListNodesRequest.getDefaultInstance()));
    }

    @Test
    @Tag("claim-C1")
    void certificateOfAnotherAuthority_isRefused() throws Exception {
        var other = new FleetDirectory(folder.resolve("other"));
        other.create("main", List.of(), Instant.now());
        var out = folder.resolve("foreign");
        other.enrol(new Peer(CertificateRole.OPERATOR, "alice"), Duration.ofDays(1), out, Instant.now());
        // it does trust the right server, so that only its own certificate is wrong
        Files.copy(
                fleet.credential(CertificateRole.NODE, "x", Duration.ofDays(1), Instant.now())
                        .resolve("ca.pem"),
                out.resolve("ca.pem"),
                StandardCopyOption.REPLACE_EXISTING);
        refused(
                Status.Code.UNAVAILABLE,
                () -> fleetOf(fleet.connect(out)).listNodes(ListNodesRequest.getDefaultInstance()));
    }

    @Test
    void serverOfAnotherAuthority_isNotTrusted() throws Exception {
        var other = new FleetDirectory(folder.resolve("other"));
        other.create("main", List.of(), Instant.now());
        var out = fleet.credential(CertificateRole.OPERATOR, "alice", Duration.ofDays(1), Instant.now());
        Files.writeString(out.resolve("ca.pem"), pem(other));
        refused(
                Status.Code.UNAVAILABLE,
                () -> fleetOf(fleet.connect(out)).listNodes(ListNodesRequest.getDefaultInstance()));
    }

    private static String pem(FleetDirectory directory) throws Exception {
        var body = Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(directory.authority().certificate().getEncoded());
        return "-----BEGIN CERTIFICATE-----\n" + body + "\n-----END CERTIFICATE-----\n";
    }

    @Test
    @Tag("claim-C1")
    void expiredCertificate_isRefused() throws Exception {
        var issued = Instant.now().minus(Duration.ofDays(2));
        var out = fleet.credential(CertificateRole.OPERATOR, "alice", Duration.ofDays(1), issued);
        refused(
                Status.Code.UNAVAILABLE,
                () -> fleetOf(fleet.connect(out)).listNodes(ListNodesRequest.getDefaultInstance()));
    }

    @Test
    @Tag("claim-C1")
    void revokedCertificate_endsWhatItHasAndOpensNothing() throws Exception {
        var node = fleet.node("edge-1");
        node.nextState();
        var operator = fleet.connect(CertificateRole.OPERATOR, "alice");
        assertThat(fleet.directory.revoke(new Peer(CertificateRole.NODE, "edge-1"), Instant.now()))
                .isTrue();
        assertThat(node.ended.get(2, TimeUnit.MINUTES).getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(watch(node.channel()).getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
        fleetOf(operator).listNodes(ListNodesRequest.getDefaultInstance());
        fleet.directory.revoke(new Peer(CertificateRole.OPERATOR, "alice"), Instant.now());
        assertThat(reason(() -> fleetOf(operator).listNodes(ListNodesRequest.getDefaultInstance())))
                .isEqualTo("unauthenticated");
    }

    private SSLSocket socket(String protocol) throws Exception {
        var ca = CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(
                        fleet.directory.authority().certificate().getEncoded()));
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        store.setCertificateEntry("ca", ca);
        var trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        var socket = (SSLSocket)
                context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), fleet.agentPort());
        socket.setSoTimeout((int) TestFleet.PATIENCE.toMillis());
        socket.setEnabledProtocols(new String[] {protocol});
        return socket;
    }

    @Test
    void connectionWithoutACertificate_isEnded() throws Exception {
        try (var socket = socket("TLSv1.3")) {
            socket.startHandshake();
            // in TLS 1.3 the client learns of the server's verdict only when it reads
            assertThatThrownBy(() -> {
                        if (socket.getInputStream().read() < 0) {
                            throw new SSLException("closed");
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void olderTls_isRefused() throws Exception {
        try (var socket = socket("TLSv1.2")) {
            assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
        }
    }

    @Test
    void connectionsBeyondTheLimit_areClosedAtOnce() throws Exception {
        var sockets = new ArrayList<Socket>();
        try {
            boolean refused = false;
            for (int i = 0; i < 110 && !refused; i++) {
                var socket = new Socket(InetAddress.getLoopbackAddress(), fleet.agentPort());
                sockets.add(socket);
                if (i >= 100) {
                    socket.setSoTimeout((int) TestFleet.PATIENCE.toMillis());
                    refused = closedByPeer(socket);
                }
            }
            assertThat(refused).isTrue();
            assertThat(fleet.metrics())
                    .contains("mvm_coordinator_connections_total{port=\"grpc\",result=\"rejected\"} ");
            for (var socket : sockets) {
                socket.close();
            }
            var node = fleet.node("edge-1");
            assertThat(node.nextState().tenants()).as("there is room again").isEmpty();
        } finally {
            for (var socket : sockets) {
                socket.close();
            }
        }
    }

    private static boolean closedByPeer(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (IOException e) {
            return true; // reset, which is as good
        }
    }

    @Test
    void messageBeyondTheLimit_isRefused() throws Exception {
        var stub = fleetOf(fleet.connect(CertificateRole.OPERATOR, "alice"));
        var request = PublishGrantRequest.newBuilder()
                .setEnvelope(ByteString.copyFrom(new byte[(1 << 20) + 1]))
                .build();
        refused(Status.Code.RESOURCE_EXHAUSTED, () -> stub.publishGrant(request));
    }

    @Test
    void operatorBeyondTheRate_isRefusedAndOthersAreNot() throws Exception {
        var alice = fleetOf(fleet.connect(CertificateRole.OPERATOR, "alice"));
        var reasons = new ArrayList<String>();
        for (int i = 0; i < 400 && reasons.isEmpty(); i++) {
            try {
                alice.listNodes(ListNodesRequest.getDefaultInstance());
            } catch (StatusRuntimeException e) {
                reasons.add(e.getStatus().getCode() + " " + e.getStatus().getDescription());
            }
        }
        assertThat(reasons).first().asString().contains("RESOURCE_EXHAUSTED", "rate_limited");
        fleetOf(fleet.connect(CertificateRole.OPERATOR, "bob")).listNodes(ListNodesRequest.getDefaultInstance());
    }

    @Test
    void watchThatDoesNotBeginWithHello_isEnded() throws Exception {
        var ended = new CompletableFuture<Status>();
        NodeLinkGrpc.newStub(fleet.connect(CertificateRole.NODE, "edge-1"))
                .watch(new StreamObserver<>() {
                    @Override
                    public void onNext(CoordinatorMessage message) {}

                    @Override
                    public void onError(Throwable error) {
                        ended.complete(Status.fromThrowable(error));
                    }

                    @Override
                    public void onCompleted() {}
                })
                .onNext(NodeMessage.newBuilder()
                        .setReport(NodeMessage.Report.getDefaultInstance())
                        .build());
        assertThat(ended.get(2, TimeUnit.MINUTES).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    @Test
    void renewal_givesTheSameNameAndNoOther() throws Exception {
        var channel = fleet.connect(CertificateRole.NODE, "edge-1");
        var pair = Authority.newKeyPair();
        var request = new JcaPKCS10CertificationRequestBuilder(new X500Principal("CN=edge-9"), pair.getPublic())
                .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()));
        var answer = NodeLinkGrpc.newBlockingStub(channel)
                .renew(RenewRequest.newBuilder()
                        .setRequest(ByteString.copyFrom(request.getEncoded()))
                        .build());
        assertThat(answer.getChainCount()).isEqualTo(2);
        assertThat(answer.getAuthoritiesList())
                .containsExactly(ByteString.copyFrom(
                        fleet.directory.authority().certificate().getEncoded()));
        var certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(answer.getChain(0).newInput());
        assertThat(certificate.getPublicKey()).isEqualTo(pair.getPublic());
        assertThat(certificate.getSubjectAlternativeNames())
                .extracting(name -> String.valueOf(name.get(1)))
                .containsExactly("spiffe://mvm/node/edge-1");
        assertThat(answer.getAuthoritiesList()).containsExactly(answer.getChain(1));
        refused(
                Status.Code.INVALID_ARGUMENT,
                () -> NodeLinkGrpc.newBlockingStub(fleet.connect(CertificateRole.NODE, "b"))
                        .renew(RenewRequest.newBuilder()
                                .setRequest(ByteString.copyFromUtf8("nonsense"))
                                .build()));
    }

    @Test
    @Tag("claim-C1")
    void everyMethodOfTheServer_hasARole() {
        assertThat(fleet.agentMethods())
                .containsExactlyInAnyOrderElementsOf(Access.ofProtocol().methods());
    }
}
