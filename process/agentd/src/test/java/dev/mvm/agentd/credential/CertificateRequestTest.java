package dev.mvm.agentd.credential;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.junit.jupiter.api.Test;

/// Requests as another implementation reads them.
final class CertificateRequestTest {
    @Test
    void request_isForItsKey_andSignedByIt() throws Exception {
        for (int i = 0; i < 64; i++) { // signatures differ in length
            var pair = CertificateRequest.newKey();
            var der = CertificateRequest.of(pair);
            var read = new JcaPKCS10CertificationRequest(der);
            assertThat(read.getEncoded()).isEqualTo(der);
            assertThat(read.getPublicKey()).isEqualTo(pair.getPublic());
            assertThat(read.getSubject().getRDNs()).isEmpty();
            assertThat(read.isSignatureValid(new JcaContentVerifierProviderBuilder().build(pair.getPublic())))
                    .isTrue();
        }
    }

    @Test
    void eachKey_isNew() {
        var one = CertificateRequest.newKey().getPublic().getEncoded();
        assertThat(Arrays.equals(one, CertificateRequest.newKey().getPublic().getEncoded()))
                .isFalse();
    }
}
