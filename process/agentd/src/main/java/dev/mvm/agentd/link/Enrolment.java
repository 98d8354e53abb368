package dev.mvm.agentd.link;

import com.google.protobuf.ByteString;
import dev.mvm.agentd.credential.CertificateRequest;
import dev.mvm.agentd.credential.Credential;
import dev.mvm.agentd.credential.RenewalAnswer;
import dev.mvm.agentd.credential.RenewalException;
import dev.mvm.agentd.credential.RenewalFault;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.control.tls.CoordinatorIdentity;
import dev.mvm.protocol.control.v1.EnrolRequest;
import dev.mvm.protocol.control.v1.NodeEnrolmentGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManager;

/// Gets a node's first certificate by a one-time token. The key is made here; the coordinator is known by the digest of
/// its authority, which the token has; and the answer is believed no more than when a certificate is renewed.
public final class Enrolment {
    private static final int PATIENCE_SECONDS = 60;
    private static final Pattern TOKEN = Pattern.compile("[0-9a-f]{16}\\.[A-Za-z0-9_-]{43}\\.([0-9a-f]{64})");

    private final NodeId node;
    private final String token;
    private final PinnedAuthority authority;

    /// @throws IllegalArgumentException if `token` has not the form of one
    public Enrolment(NodeId node, String token) {
        var parts = TOKEN.matcher(token);
        if (!parts.matches()) {
            throw new IllegalArgumentException("that is no token: mvm-coordinator enrol-token prints one");
        }
        this.node = node;
        this.token = token;
        this.authority = new PinnedAuthority(parts.group(1));
    }

    /// Asks the coordinator once.
    ///
    /// @param address of its port for enrolment
    /// @throws RenewalException if there is no certificate, or not the one that was asked for
    public Credential enrol(InetSocketAddress address, Instant now) throws RenewalException, GeneralSecurityException {
        var context = SSLContext.getInstance(CoordinatorIdentity.TLS);
        context.init(null, new TrustManager[] {authority}, null);
        var channel = NettyChannelBuilder.forAddress(address.getHostString(), address.getPort())
                .sslContext(CoordinatorChannel.http2(context))
                .build();
        var pair = CertificateRequest.newKey();
        var request = EnrolRequest.newBuilder()
                .setNode(node.value())
                .setToken(token)
                .setRequest(ByteString.copyFrom(CertificateRequest.of(pair)))
                .build();
        var call = channel.newCall(
                NodeEnrolmentGrpc.getEnrolMethod(),
                CallOptions.DEFAULT.withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS));
        try {
            var answer = ClientCalls.blockingUnaryCall(call, request);
            var server = server(call);
            return new RenewalAnswer(
                            CertificateRenewal.bytes(answer.getChainList()),
                            CertificateRenewal.bytes(answer.getAuthoritiesList()),
                            server.stream().findFirst())
                    .credential(
                            pair,
                            node,
                            authority.in(server.toArray(X509Certificate[]::new)).stream()
                                    .toList(),
                            now);
        } catch (StatusRuntimeException e) {
            throw authority.missed()
                    ? new RenewalException(RenewalFault.UNKNOWN_AUTHORITY, PinnedAuthority.MISSED)
                    : new RenewalException(
                            CertificateRenewal.fault(e.getStatus().getCode()),
                            "the coordinator: " + why(e.getStatus()));
        } finally {
            channel.shutdownNow();
        }
    }

    private static String why(Status status) {
        var cause = Optional.ofNullable(status.getCause()).map(Throwable::getMessage);
        return status.getCode()
                + Optional.ofNullable(status.getDescription()).map(": "::concat).orElse("")
                + cause.map(text -> " (" + text + ")").orElse("");
    }

    private static List<X509Certificate> server(ClientCall<?, ?> call) {
        try {
            var session = Optional.ofNullable(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
            return session.isEmpty()
                    ? List.of()
                    : Arrays.stream(session.get().getPeerCertificates())
                            .filter(X509Certificate.class::isInstance)
                            .map(X509Certificate.class::cast)
                            .toList();
        } catch (SSLPeerUnverifiedException e) {
            return List.of();
        }
    }
}
