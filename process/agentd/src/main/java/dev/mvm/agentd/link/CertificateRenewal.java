package dev.mvm.agentd.link;

import com.google.protobuf.ByteString;
import dev.mvm.agentd.credential.RenewalAnswer;
import dev.mvm.agentd.credential.RenewalException;
import dev.mvm.agentd.credential.RenewalFault;
import dev.mvm.agentd.credential.RenewalPort;
import dev.mvm.protocol.control.v1.NodeLinkGrpc;
import dev.mvm.protocol.control.v1.RenewRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLPeerUnverifiedException;

/// Asks the coordinator for a new certificate, over the agent's own channel.
public final class CertificateRenewal implements RenewalPort {
    private static final int PATIENCE_SECONDS = 60;

    private final ManagedChannel channel;

    public CertificateRenewal(ManagedChannel channel) {
        this.channel = channel;
    }

    @Override
    public RenewalAnswer ask(byte[] request) throws RenewalException {
        var call = channel.newCall(
                NodeLinkGrpc.getRenewMethod(),
                CallOptions.DEFAULT.withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS));
        try {
            var answer = ClientCalls.blockingUnaryCall(
                    call,
                    RenewRequest.newBuilder()
                            .setRequest(ByteString.copyFrom(request))
                            .build());
            return new RenewalAnswer(bytes(answer.getChainList()), bytes(answer.getAuthoritiesList()), server(call));
        } catch (StatusRuntimeException e) {
            throw new RenewalException(fault(e.getStatus().getCode()), "the coordinator: " + e.getStatus());
        }
    }

    static List<byte[]> bytes(List<ByteString> certificates) {
        return certificates.stream().map(ByteString::toByteArray).toList();
    }

    static RenewalFault fault(Status.Code code) {
        return switch (code) {
            case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED -> RenewalFault.UNREACHABLE;
            default -> RenewalFault.REFUSED;
        };
    }

    /// The certificate by which the coordinator of this call has proved who it is.
    private static Optional<X509Certificate> server(ClientCall<?, ?> call) {
        try {
            var session = Optional.ofNullable(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
            return session.isPresent() && session.get().getPeerCertificates()[0] instanceof X509Certificate certificate
                    ? Optional.of(certificate)
                    : Optional.empty();
        } catch (SSLPeerUnverifiedException e) {
            return Optional.empty();
        }
    }
}
