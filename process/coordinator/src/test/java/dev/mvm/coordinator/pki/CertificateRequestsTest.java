package dev.mvm.coordinator.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.property.Property;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.Test;

final class CertificateRequestsTest {
    /// A request as a node makes it.
    public static byte[] request(PublicKey key, PrivateKey signer, String algorithm) throws Exception {
        return new JcaPKCS10CertificationRequestBuilder(new X500Principal("CN=root"), key)
                .build(new JcaContentSignerBuilder(algorithm).build(signer))
                .getEncoded();
    }

    private static KeyPair pair(String curve) throws Exception {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(curve));
        return generator.generateKeyPair();
    }

    @Test
    void goodRequest_givesItsKey() throws Exception {
        var pair = Authority.newKeyPair();
        assertThat(CertificateRequests.key(request(pair.getPublic(), pair.getPrivate(), "SHA256withECDSA")))
                .isEqualTo(pair.getPublic());
    }

    @Test
    void requestForSomeoneElsesKey_isRefused() throws Exception {
        var request = request(
                Authority.newKeyPair().getPublic(), Authority.newKeyPair().getPrivate(), "SHA256withECDSA");
        assertThatThrownBy(() -> CertificateRequests.key(request)).isInstanceOf(PkiException.class);
    }

    @Test
    void otherKindsOfKey_areRefused() throws Exception {
        var p384 = pair("secp384r1");
        assertThatThrownBy(
                        () -> CertificateRequests.key(request(p384.getPublic(), p384.getPrivate(), "SHA256withECDSA")))
                .isInstanceOf(PkiException.class);
        var generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        var rsa = generator.generateKeyPair();
        assertThatThrownBy(() -> CertificateRequests.key(request(rsa.getPublic(), rsa.getPrivate(), "SHA256withRSA")))
                .isInstanceOf(PkiException.class);
    }

    @Test
    void damagedBytes_areRefusedAndNothingWorse() throws Exception {
        var pair = Authority.newKeyPair();
        var good = request(pair.getPublic(), pair.getPrivate(), "SHA256withECDSA");
        Property.holds(1_500, draw -> {
            var bytes = draw.flag() ? good.clone() : draw.bytes(0, 200);
            for (int i = draw.intBetween(0, 3); i > 0 && bytes.length > 0; i--) {
                bytes[draw.intBetween(0, bytes.length - 1)] ^= (byte) (1 << draw.intBetween(0, 7));
            }
            try {
                assertThat(CertificateRequests.key(bytes)).isEqualTo(pair.getPublic());
            } catch (PkiException e) {
                assertThat(e).hasMessageNotContaining("\n");
            }
        });
        assertThatThrownBy(() -> CertificateRequests.key(new byte[100_000])).isInstanceOf(PkiException.class);
    }
}
