package dev.mvm.attack;

import dev.mvm.protocol.trust.Ceremony;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;

/// A plain key file of a daemon's in the hands of somebody else: Ed25519 in PKCS #8 (RFC 8410), whose last 32 bytes are
/// the seed.
final class StolenKey {
    private static final int SEED_SIZE = 32;

    private StolenKey() {}

    /// @throws IOException if the file cannot be read, or is no such key
    static Ceremony.Key read(Path file) throws IOException, GeneralSecurityException {
        var text = Files.readString(file).replaceAll("-----[A-Z ]+-----|\\s", "");
        var encoded = Base64.getDecoder().decode(text);
        if (encoded.length < SEED_SIZE) {
            throw new IOException(file + " is no key");
        }
        return new Ceremony.Key(ofSeed(Arrays.copyOfRange(encoded, encoded.length - SEED_SIZE, encoded.length)));
    }

    /// The generator takes the seed from its random numbers as it is, and makes the public half of it.
    private static KeyPair ofSeed(byte[] seed) throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("Ed25519");
        generator.initialize(SEED_SIZE * Byte.SIZE - 1, new FixedRandom(seed));
        return generator.generateKeyPair();
    }

    private static final class FixedRandom extends SecureRandom {
        private static final long serialVersionUID = 1;
        private final byte[] seed;

        FixedRandom(byte[] seed) {
            this.seed = seed;
        }

        @Override
        public void nextBytes(byte[] bytes) {
            System.arraycopy(seed, 0, bytes, 0, bytes.length);
        }
    }
}
