package dev.mvm.coordinator;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.pki.Authority;
import dev.mvm.protocol.control.v1.NodeLinkGrpc;
import dev.mvm.protocol.control.v1.RenewRequest;
import dev.mvm.protocol.control.v1.RenewResponse;
import io.grpc.Channel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/// Renewals as a node makes them.
public final class Renewals {
    private Renewals() {}

    /// A renewed certificate, with its key.
    public record Renewed(KeyPair pair, RenewResponse answer) {
        /// Writes the credential as a node keeps it.
        public Path into(Path folder) throws Exception {
            Files.createDirectories(folder);
            Files.writeString(
                    folder.resolve("key.pem"),
                    pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
            Files.writeString(folder.resolve("cert.pem"), certificates(answer.getChainList()));
            Files.writeString(folder.resolve("ca.pem"), certificates(answer.getAuthoritiesList()));
            return folder;
        }
    }

    public static Renewed renew(Channel channel) throws Exception {
        var pair = Authority.newKeyPair();
        var request = new JcaPKCS10CertificationRequestBuilder(new X500Principal("CN=any"), pair.getPublic())
                .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()));
        var answer = NodeLinkGrpc.newBlockingStub(channel)
                .withDeadlineAfter(TestFleet.PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .renew(RenewRequest.newBuilder()
                        .setRequest(ByteString.copyFrom(request.getEncoded()))
                        .build());
        return new Renewed(pair, answer);
    }

    private static String certificates(List<ByteString> list) {
        return list.stream()
                .map(content -> pem("CERTIFICATE", content.toByteArray()))
                .reduce("", String::concat);
    }

    private static String pem(String label, byte[] content) {
        var body = new String(Base64.getMimeEncoder(64, new byte[] {'\n'}).encode(content), US_ASCII);
        return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    }
}
