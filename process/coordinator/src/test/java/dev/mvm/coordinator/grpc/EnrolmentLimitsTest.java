package dev.mvm.coordinator.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.Credentials;
import dev.mvm.coordinator.TestFleet;
import dev.mvm.coordinator.error.Refusals;
import dev.mvm.coordinator.metrics.RequestMetrics;
import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.coordinator.pki.EnrolmentTokens;
import dev.mvm.coordinator.pki.ServerTls;
import dev.mvm.protocol.control.v1.EnrolRequest;
import dev.mvm.protocol.control.v1.NodeEnrolmentGrpc;
import dev.mvm.protocol.control.v1.NodeLinkGrpc;
import dev.mvm.protocol.control.v1.RenewRequest;
import dev.mvm.protocol.trust.audit.AuditLog;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Strangers who want more of the coordinator than the one method, or more of its time.
final class EnrolmentLimitsTest extends EnrolmentTestBase {
    @Test
    @Tag("claim-C12")
    void guessing_isRefusedUnread() throws Exception {
        var reasons = new HashSet<Status.Code>();
        for (int i = 0; i < 1000 && !reasons.contains(Status.Code.RESOURCE_EXHAUSTED); i++) {
            try {
                var _ = enrol("x");
            } catch (StatusRuntimeException e) {
                reasons.add(e.getStatus().getCode());
            }
        }
        assertThat(reasons).containsExactlyInAnyOrder(Status.Code.UNAUTHENTICATED, Status.Code.RESOURCE_EXHAUSTED);
    }

    @Test
    @Tag("claim-C12")
    void hugeRequest_isRefused_andUsesUpNoToken() throws Exception {
        var token = token(NODE);
        assertThatThrownBy(() -> enrol(stranger, token, ByteString.copyFrom(new byte[32 << 20])))
                .isInstanceOf(StatusRuntimeException.class);
        var again = strangerAt(fleet.enrolmentPort());
        assertThat(enrol(again, token, Credentials.request(pair)).getChainCount())
                .isEqualTo(2);
    }

    /// Sends a whole request and never says that it was one.
    private static CompletableFuture<Status> neverEnding(ManagedChannel channel, String token) throws Exception {
        var ended = new CompletableFuture<Status>();
        var call = channel.newCall(NodeEnrolmentGrpc.getEnrolMethod(), CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        ended.complete(status);
                    }
                },
                new Metadata());
        call.request(1);
        call.sendMessage(EnrolRequest.newBuilder().setNode(NODE).setToken(token).build());
        return ended;
    }

    private EnrolmentPort portOf(int connections, Duration age) throws Exception {
        var audit =
                new AuditLog(folder.resolve("audit"), "coordinator", InstantSource.system(), _ -> {}, Optional.empty());
        var requests = new RequestMetrics();
        var behind = new EnrolmentPort.Behind(
                new EnrolmentTokens(fleet.directory),
                Duration.ofDays(1),
                ServerTls.load(fleet.directory, InstantSource.system()),
                new Refusals(audit, requests::failed),
                requests,
                audit,
                InstantSource.system());
        var anywhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return EnrolmentPort.open(anywhere, new EnrolmentPort.Limits(connections, age), behind, InstantSource.system());
    }

    @Test
    @Tag("claim-C12")
    void requestThatNeverEnds_isEnded_andAHandshakeThatNeverBegins() throws Exception {
        var token = token(NODE);
        try (var port = portOf(2, Duration.ofSeconds(1));
                var silent = new Socket(InetAddress.getLoopbackAddress(), port.port())) {
            var ended = neverEnding(strangerAt(port.port()), token);
            assertThat(ended.get(TestFleet.PATIENCE.toSeconds(), TimeUnit.SECONDS)
                            .isOk())
                    .isFalse();
            silent.setSoTimeout((int) TestFleet.PATIENCE.toMillis());
            assertThat(silent.getInputStream().readAllBytes()).isEmpty();
        }
        assertThat(enrol(token).getChainCount()).isEqualTo(2);
    }

    /// Strangers hold all that they can get of the port.
    @Test
    @Tag("claim-C12")
    void nodes_areServedWhileStrangersHoldTheirPort() throws Exception {
        var node = NodeLinkGrpc.newBlockingStub(fleet.connect(CertificateRole.NODE, "edge-3"));
        var held = new ArrayList<Socket>();
        try {
            for (int i = 0; i < 32; i++) {
                held.add(new Socket(InetAddress.getLoopbackAddress(), fleet.enrolmentPort()));
            }
            var endless = neverEnding(stranger, "x");
            var answer = node.withDeadlineAfter(TestFleet.PATIENCE.toSeconds(), TimeUnit.SECONDS)
                    .renew(RenewRequest.newBuilder()
                            .setRequest(Credentials.request(pair))
                            .build());
            assertThat(answer.getChainCount()).isEqualTo(2);
            endless.cancel(true);
        } finally {
            for (var socket : held) {
                socket.close();
            }
        }
    }

    /// Every method of the agent port, by a client without a certificate, on either port.
    @Test
    @Tag("claim-C1")
    void noOtherMethod_isForClientsWithoutACertificate() throws Exception {
        var agents = strangerAt(fleet.agentPort());
        assertThat(fleet.agentMethods()).isNotEmpty();
        for (var method : fleet.agentMethods()) {
            assertThat(code(stranger, method)).as(method).isEqualTo(Status.Code.UNIMPLEMENTED);
            assertThat(code(agents, method)).as(method).isEqualTo(Status.Code.UNAVAILABLE);
        }
        var enrol = NodeEnrolmentGrpc.getEnrolMethod().getFullMethodName();
        assertThat(fleet.agentMethods()).doesNotContain(enrol);
        assertThat(code(agents, enrol)).isEqualTo(Status.Code.UNAVAILABLE);
        var node = fleet.connect(CertificateRole.NODE, NODE);
        assertThat(code(node, enrol)).isEqualTo(Status.Code.UNIMPLEMENTED);
    }

    private static Status.Code code(ManagedChannel channel, String method) {
        var empty = ProtoUtils.marshaller(EnrolRequest.getDefaultInstance());
        var called = MethodDescriptor.<EnrolRequest, EnrolRequest>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(method)
                .setRequestMarshaller(empty)
                .setResponseMarshaller(empty)
                .build();
        try {
            var _ = ClientCalls.blockingUnaryCall(
                    channel,
                    called,
                    CallOptions.DEFAULT.withDeadlineAfter(TestFleet.PATIENCE.toSeconds(), TimeUnit.SECONDS),
                    EnrolRequest.getDefaultInstance());
            return Status.Code.OK;
        } catch (StatusRuntimeException e) {
            return e.getStatus().getCode();
        }
    }
}
