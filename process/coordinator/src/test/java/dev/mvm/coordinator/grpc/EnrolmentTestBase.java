package dev.mvm.coordinator.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.Credentials;
import dev.mvm.coordinator.FleetTestBase;
import dev.mvm.coordinator.TestFleet;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.pki.Authority;
import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.coordinator.pki.EnrolmentTokens;
import dev.mvm.coordinator.pki.FleetDirectory;
import dev.mvm.coordinator.pki.Peer;
import dev.mvm.protocol.control.v1.EnrolRequest;
import dev.mvm.protocol.control.v1.EnrolResponse;
import dev.mvm.protocol.control.v1.NodeEnrolmentGrpc;
import dev.mvm.protocol.control.v1.Problem;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.security.KeyPair;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// A stranger to the port for enrolment, over real TLS handshakes and without a certificate.
abstract class EnrolmentTestBase extends FleetTestBase {
    static final String NODE = "edge-1";

    final KeyPair pair = Authority.newKeyPair();
    final List<ManagedChannel> channels = new ArrayList<>();
    ManagedChannel stranger;

    @BeforeEach
    final void connect() throws Exception {
        stranger = strangerAt(fleet.enrolmentPort());
    }

    @AfterEach
    final void disconnect() {
        channels.forEach(ManagedChannel::shutdownNow);
    }

    ManagedChannel strangerAt(int port) throws Exception {
        var channel = NettyChannelBuilder.forAddress("localhost", port)
                .sslContext(GrpcSslContexts.configure(
                                SslContextBuilder.forClient()
                                        .trustManager(
                                                fleet.directory.authority().certificate()),
                                SslProvider.JDK)
                        .build())
                .build();
        channels.add(channel);
        return channel;
    }

    String token(String node) throws Exception {
        try (var directory = new FleetDirectory(folder.resolve("state"))) {
            return new EnrolmentTokens(directory).make(new Peer(CertificateRole.NODE, node), Instant.now());
        }
    }

    EnrolResponse enrol(String token) throws Exception {
        return enrol(stranger, token, Credentials.request(pair));
    }

    static EnrolResponse enrol(ManagedChannel channel, String token, ByteString request) {
        return NodeEnrolmentGrpc.newBlockingStub(channel)
                .withDeadlineAfter(TestFleet.PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .enrol(EnrolRequest.newBuilder()
                        .setNode(NODE)
                        .setToken(token)
                        .setRequest(request)
                        .build());
    }

    static void refused(String reason, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
            var bytes = e.getTrailers() == null ? null : e.getTrailers().get(ProblemException.TRAILER);
            assertThat(bytes).as(e.getMessage()).isNotNull();
            try {
                assertThat(Problem.parseFrom(bytes).getReason()).isEqualTo(reason);
            } catch (IOException broken) {
                throw new AssertionError(broken);
            }
        });
    }

    static X509Certificate certificate(EnrolResponse answer) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(answer.getChain(0).newInput());
    }
}
