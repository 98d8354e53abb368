package dev.mvm.crypto.sign;

import dev.mvm.crypto.sign.KeyFile.Label;
import dev.mvm.crypto.sign.SigningException.Reason;
import java.nio.file.Path;
import java.util.Arrays;

/// The seed of a key file, decrypted. The caller wipes it.
final class OpenedKey {
    static final int MAX_BYTES = 8192;
    static final int ANY_ROUNDS = 1;

    private final byte[] seed;
    private final Label label;

    private OpenedKey(byte[] seed, Label label) {
        this.seed = seed;
        this.label = label;
    }

    byte[] seed() {
        return seed;
    }

    Label label() {
        return label;
    }

    /// Opens the key in `file`.
    ///
    /// @param toSign whether the key has to be as strong as one that signs, and labelled rightly
    static OpenedKey read(Path file, PassphraseSource passphrases, boolean toSign) throws SigningException {
        return of(file, pem(file), passphrases, toSign);
    }

    /// Opens a key whose file had the content `text`.
    ///
    /// @param toSign as in [#read]
    static OpenedKey of(Path file, byte[] text, PassphraseSource passphrases, boolean toSign) throws SigningException {
        return of(file, pem(text, what(file)), passphrases, toSign);
    }

    private static OpenedKey of(Path file, Pem pem, PassphraseSource passphrases, boolean toSign)
            throws SigningException {
        var content = pem.content();
        var what = what(file);
        try {
            if (pem.plain()) {
                return new OpenedKey(Pkcs8.seed(content, what), Label.RIGHT);
            }
            return pem.sealed()
                    ? sealed(content, passphrases, what)
                    : encrypted(
                            Pbes2.parsed(content, toSign ? Pbes2.LEAST_ROUNDS : ANY_ROUNDS, !toSign, what),
                            passphrases,
                            what);
        } finally {
            Arrays.fill(content, (byte) 0);
            pem.wipe();
        }
    }

    private static OpenedKey sealed(byte[] content, PassphraseSource passphrases, String what) throws SigningException {
        SealedSeed.demandKnown(content, what);
        var passphrase = passphrases.passphrase(what);
        try {
            return new OpenedKey(SealedSeed.opened(content, passphrase, what), Label.RIGHT);
        } finally {
            Arrays.fill(passphrase, '\0');
        }
    }

    private static OpenedKey encrypted(EncryptedPkcs8 info, PassphraseSource passphrases, String what)
            throws SigningException {
        var passphrase = passphrases.passphrase(what);
        var document = new byte[0];
        try {
            document = Pbes2.opened(info, passphrase, what);
            return new OpenedKey(Pkcs8.seed(document, what), info.mislabelled() ? Label.WRONG : Label.RIGHT);
        } finally {
            Arrays.fill(document, (byte) 0);
            Arrays.fill(passphrase, '\0');
        }
    }

    /// Returns the PEM block of `file`, undecrypted.
    static Pem pem(Path file) throws SigningException {
        var text = SecretFile.read(file, "the key", MAX_BYTES);
        try {
            return pem(text, what(file));
        } finally {
            Arrays.fill(text, (byte) 0);
        }
    }

    private static Pem pem(byte[] text, String what) throws SigningException {
        try {
            return Pem.parse(text);
        } catch (IllegalArgumentException e) {
            throw new SigningException(Reason.NOT_A_KEY, what + " is not a private key in PEM");
        }
    }

    private static String what(Path file) {
        return "the key " + file;
    }
}
