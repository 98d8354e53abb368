package dev.mvm.crypto.sign;

import dev.mvm.crypto.verify.SignatureCheck;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.crypto.verifyjdk.JdkEd25519;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;

/// Ed25519 by the JDK.
public final class JdkLibrary implements Ed25519Library {
    private static final class Key implements SigningKey {
        private final PrivateKey key;
        private final VerifyKey verifyKey;

        Key(PrivateKey key, VerifyKey verifyKey) {
            this.key = key;
            this.verifyKey = verifyKey;
        }

        @Override
        public VerifyKey verifyKey() {
            return verifyKey;
        }

        @Override
        public byte[] sign(byte[] message) {
            try {
                var signer = Signature.getInstance("Ed25519");
                signer.initSign(key);
                signer.update(message);
                return signer.sign();
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("an Ed25519 key signs", e);
            }
        }
    }

    @Override
    public SignatureCheck check() {
        return new JdkEd25519();
    }

    @Override
    public SigningKey key(byte[] seed, VerifyKey verifyKey) {
        try {
            var key = KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(Pkcs8.of(seed)));
            return new Key(key, verifyKey);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK since 15 has Ed25519", e);
        }
    }

    /// {@inheritDoc}
    ///
    /// The JDK has no call for that: its generator makes the key pair of which this seed is the only randomness.
    @Override
    public VerifyKey publicHalf(byte[] seed) {
        try {
            var generator = KeyPairGenerator.getInstance("Ed25519");
            generator.initialize(NamedParameterSpec.ED25519, new SeedOnly(seed));
            var spki = generator.generateKeyPair().getPublic().getEncoded();
            return new VerifyKey(Arrays.copyOfRange(spki, spki.length - VerifyKey.BYTES, spki.length));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK since 15 has Ed25519", e);
        }
    }
}
