package dev.mvm.crypto.sign;

import java.nio.file.Path;
import java.util.Arrays;

/// A key without a passphrase as the content of a [KeyFile], for those who place it themselves.
public final class PlainKey {
    private PlainKey() {}

    /// Makes a new key. The caller wipes it.
    ///
    /// @return the content of its file
    public static byte[] make() {
        var seed = KeyFile.newSeed();
        var document = Pkcs8.of(seed);
        var pem = new Pem(Pem.PLAIN, document);
        try {
            return pem.bytes();
        } finally {
            Arrays.fill(seed, (byte) 0);
            Arrays.fill(document, (byte) 0);
            pem.wipe();
        }
    }

    /// Opens a key by the content of its file, which the caller wipes.
    ///
    /// @param file for errors
    public static SigningKey open(Path file, byte[] content) throws SigningException {
        var seed = OpenedKey.of(file, content, PassphraseSource.none("it has to be a plain key"), true)
                .seed();
        try {
            var library = Ed25519Library.here();
            return library.key(seed, library.publicHalf(seed));
        } finally {
            Arrays.fill(seed, (byte) 0);
        }
    }
}
