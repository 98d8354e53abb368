package dev.mvm.crypto.sign;

import java.io.Serial;
import java.security.SecureRandom;

/// "Randomness" that is one known seed and can be drawn once.
final class SeedOnly extends SecureRandom {
    @Serial
    private static final long serialVersionUID = 1L;

    private final byte[] seed;
    private boolean used;

    SeedOnly(byte[] seed) {
        this.seed = seed.clone();
    }

    @Override
    public void nextBytes(byte[] bytes) {
        if (used || bytes.length != seed.length) {
            throw new IllegalStateException("the generator asked for something else than its 32-byte seed");
        }
        used = true;
        System.arraycopy(seed, 0, bytes, 0, bytes.length);
    }
}
