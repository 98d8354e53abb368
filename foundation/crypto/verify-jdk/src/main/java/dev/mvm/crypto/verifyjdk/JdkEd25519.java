package dev.mvm.crypto.verifyjdk;

import dev.mvm.crypto.verify.SignatureCheck;
import dev.mvm.crypto.verify.VerifyKey;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;

/// Ed25519 by the JDK's own provider.
public final class JdkEd25519 implements SignatureCheck {
    /// Bytes before the 32 bytes of the key in a SubjectPublicKeyInfo (RFC 8410, section 4).
    private static final byte[] SPKI = HexFormat.of().parseHex("302a300506032b6570032100");

    /// Stateless, so one is as good as another.
    public JdkEd25519() {}

    @Override
    public boolean valid(VerifyKey key, byte[] message, byte[] signature) {
        if (signature.length != SIGNATURE_BYTES) {
            return false;
        }
        try {
            var verifier = Signature.getInstance("Ed25519");
            verifier.initVerify(publicKey(key));
            verifier.update(message);
            return verifier.verify(signature);
        } catch (SignatureException | InvalidKeySpecException | InvalidKeyException e) {
            return false; // the encoding is wrong, which is one way of not being valid
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK since 15 has Ed25519", e);
        }
    }

    private static PublicKey publicKey(VerifyKey key) throws GeneralSecurityException {
        var encoded = new byte[SPKI.length + VerifyKey.BYTES];
        System.arraycopy(SPKI, 0, encoded, 0, SPKI.length);
        System.arraycopy(key.raw(), 0, encoded, SPKI.length, VerifyKey.BYTES);
        return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
    }
}
