package dev.mvm.attack;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.mvm.protocol.control.v1.Problem;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// The directory of a credential, `key.pem`, `cert.pem` and `ca.pem`, in the hands of somebody else.
record StolenCredential(Path directory) {
    private static final Metadata.Key<byte[]> PROBLEM =
            Metadata.Key.of("mvm-error-bin", Metadata.BINARY_BYTE_MARSHALLER);

    /// Opens a channel to the coordinator's agent port.
    ///
    /// @param address `HOST:PORT`
    /// @throws IOException if a file cannot be read
    ManagedChannel open(String address) throws IOException {
        var credentials = TlsChannelCredentials.newBuilder()
                .keyManager(
                        directory.resolve("cert.pem").toFile(),
                        directory.resolve("key.pem").toFile())
                .trustManager(directory.resolve("ca.pem").toFile())
                .build();
        return Grpc.newChannelBuilder(address, credentials).build();
    }

    /// The stable code of a refusal; `grpc-` and the number of its status if it has none.
    static String reason(StatusRuntimeException refusal) {
        var bytes = Optional.ofNullable(refusal.getTrailers()).flatMap(all -> Optional.ofNullable(all.get(PROBLEM)));
        try {
            return bytes.isEmpty()
                    ? "grpc-" + refusal.getStatus().getCode().value()
                    : Problem.parseFrom(bytes.get()).getReason();
        } catch (InvalidProtocolBufferException e) {
            return "unreadable: " + e.getMessage();
        }
    }
}
