package dev.mvm.attack;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.protobuf.ByteString;
import dev.mvm.agentd.credential.CertificateRequest;
import dev.mvm.protocol.control.v1.FleetGrpc;
import dev.mvm.protocol.control.v1.OperatorCredential;
import dev.mvm.protocol.control.v1.RenewOperatorRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A thief of an operator's certificate who renews it for keys of its own, each with the certificate before, as fast as
/// it is let, until it is refused.
final class RenewingThief {
    private static final int PATIENCE_SECONDS = 120;
    private static final int AGAIN_MILLIS = 50;

    private final String address;
    private final Path folder;

    /// @param folder for the last credential, in `last`, and their number, in `count`
    RenewingThief(String address, Path folder) {
        this.address = address;
        this.folder = folder;
    }

    /// Returns the reason for the end.
    String run(StolenCredential stolen) throws IOException {
        var present = stolen;
        for (int count = 1; ; count++) {
            try {
                present = next(present, count);
            } catch (StatusRuntimeException e) {
                return StolenCredential.reason(e);
            }
            write(folder.resolve("count"), String.valueOf(count));
        }
    }

    private StolenCredential next(StolenCredential present, int count) throws IOException {
        var pair = CertificateRequest.newKey();
        var request = ByteString.copyFrom(CertificateRequest.of(pair));
        var channel = present.open(address);
        try {
            while (true) {
                try {
                    var answer = FleetGrpc.newBlockingStub(channel)
                            .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
                            .renewOperator(RenewOperatorRequest.newBuilder()
                                    .setRequest(request)
                                    .build());
                    return kept(answer, pair, folder.resolve("credential-" + count % 2));
                } catch (StatusRuntimeException e) {
                    if (!StolenCredential.reason(e).equals("rate_limited")) {
                        throw e;
                    }
                    TimeUnit.MILLISECONDS.sleep(AGAIN_MILLIS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            channel.shutdownNow();
        }
    }

    private StolenCredential kept(OperatorCredential answer, KeyPair pair, Path directory) throws IOException {
        Files.createDirectories(directory);
        write(directory.resolve("key.pem"), pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
        write(directory.resolve("cert.pem"), certificates(answer.getChainList()));
        write(directory.resolve("ca.pem"), certificates(answer.getAuthoritiesList()));
        write(folder.resolve("last"), directory.toString());
        return new StolenCredential(directory);
    }

    private static void write(Path file, String text) throws IOException {
        var next = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(next, text);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String certificates(List<ByteString> all) {
        var out = new StringBuilder();
        all.forEach(each -> out.append(pem("CERTIFICATE", each.toByteArray())));
        return out.toString();
    }

    private static String pem(String label, byte[] content) {
        var body = new String(Base64.getMimeEncoder(64, new byte[] {'\n'}).encode(content), US_ASCII);
        return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    }
}
