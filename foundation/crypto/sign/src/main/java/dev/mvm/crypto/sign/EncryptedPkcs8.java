package dev.mvm.crypto.sign;

import dev.mvm.crypto.sign.SigningException.Reason;
import java.util.HexFormat;

/// Encrypted PKCS #8 (RFC 5958, section 3) as it stands in a file: parameters of PBES2 (RFC 8018, appendix A) with
/// PBKDF2, HMAC-SHA-256 and AES-256-CBC, and what they have encrypted.
///
/// Read and written here and not by the JDK: its 25.0.5 writes another hash into the file than it has used (ADR 27).
final class EncryptedPkcs8 {
    static final int BLOCK = 16;

    /// Bytes of salt in a file of ours.
    static final int SALT = 16;

    private static final int KEY_BYTES = 32;
    private static final int MOST_SALT = 1024;
    private static final String PBES2 = "2a864886f70d01050d"; // 1.2.840.113549.1.5.13
    private static final String PBKDF2 = "2a864886f70d01050c"; // 1.2.840.113549.1.5.12
    private static final String AES_256_CBC = "60864801650304012a"; // 2.16.840.1.101.3.4.1.42

    private final Hash hash;
    private final boolean keyLength;
    private final byte[] salt;
    private final long rounds;
    private final byte[] iv;
    private final byte[] sealed;

    /// @param hash as the file has it
    /// @param keyLength whether the file says that the key has 32 bytes; ours do, those of openssl do not
    EncryptedPkcs8(Hash hash, boolean keyLength, byte[] salt, long rounds, byte[] iv, byte[] sealed) {
        this.hash = hash;
        this.keyLength = keyLength;
        this.salt = salt.clone();
        this.rounds = rounds;
        this.iv = iv.clone();
        this.sealed = sealed.clone();
    }

    /// The hash that a file names.
    enum Hash {
        /// The hash that key files of mvm use.
        SHA_256("2a864886f70d0209"), // 1.2.840.113549.2.9
        /// The hash that a faulty JDK named instead.
        SHA_1("2a864886f70d0207"); // 1.2.840.113549.2.7

        private final String identifier;

        Hash(String identifier) {
            this.identifier = identifier;
        }
    }

    Hash hash() {
        return hash;
    }

    byte[] salt() {
        return salt.clone();
    }

    long rounds() {
        return rounds;
    }

    byte[] iv() {
        return iv.clone();
    }

    byte[] sealed() {
        return sealed.clone();
    }

    /// Returns whether the faulty JDK wrote this file, as far as that shows without the passphrase.
    boolean mislabelled() {
        return hash == Hash.SHA_1 && keyLength && salt.length == SALT && rounds == Pbes2.LEAST_ROUNDS;
    }

    /// Encodes it.
    byte[] encoded() {
        var prf = Der.element(Der.SEQUENCE, identifier(hash.identifier), Der.element(Der.NULL));
        var derivation = Der.element(
                Der.SEQUENCE,
                Der.element(Der.OCTET_STRING, salt),
                Der.number(rounds),
                keyLength ? Der.number(KEY_BYTES) : new byte[0],
                prf);
        var parameters = Der.element(
                Der.SEQUENCE,
                Der.element(Der.SEQUENCE, identifier(PBKDF2), derivation),
                Der.element(Der.SEQUENCE, identifier(AES_256_CBC), Der.element(Der.OCTET_STRING, iv)));
        return Der.element(
                Der.SEQUENCE,
                Der.element(Der.SEQUENCE, identifier(PBES2), parameters),
                Der.element(Der.OCTET_STRING, sealed));
    }

    /// Decodes it.
    ///
    /// @param what for errors, as "the key FILE"
    /// @throws SigningException `NOT_A_KEY` if it is damaged, `WEAK_ENCRYPTION` if it is encrypted by other means
    static EncryptedPkcs8 parse(byte[] document, String what) throws SigningException {
        try {
            var all = new Der(document);
            var info = all.sequence();
            all.end();
            var algorithm = info.sequence();
            var sealed = info.content(Der.OCTET_STRING);
            info.end();
            expect(algorithm, PBES2, what);
            var parameters = algorithm.sequence();
            algorithm.end();
            return parameters(parameters, sealed, what);
        } catch (Der.UnexpectedException e) {
            throw new SigningException(
                    Reason.NOT_A_KEY, what + " is damaged: part of it is missing or altered, or more follows");
        }
    }

    private static EncryptedPkcs8 parameters(Der parameters, byte[] sealed, String what)
            throws SigningException, Der.UnexpectedException {
        var derivation = parameters.sequence();
        var cipher = parameters.sequence();
        parameters.end();
        expect(derivation, PBKDF2, what);
        expect(cipher, AES_256_CBC, what);
        var iv = cipher.content(Der.OCTET_STRING);
        cipher.end();
        var function = derivation.sequence();
        derivation.end();
        var salt = function.content(Der.OCTET_STRING);
        long rounds = function.number();
        boolean keyLength = function.next(Der.INTEGER);
        boolean otherLength = keyLength && function.number() != KEY_BYTES;
        var hash = hash(function, what);
        function.end();
        if (otherLength || salt.length == 0 || salt.length > MOST_SALT || iv.length != BLOCK) {
            throw Pbes2.unknown(what);
        }
        if (sealed.length == 0 || sealed.length % BLOCK != 0) {
            throw new Der.UnexpectedException("not whole blocks");
        }
        return new EncryptedPkcs8(hash, keyLength, salt, rounds, iv, sealed);
    }

    /// The hash is not optional here: what names none means HMAC-SHA-1.
    private static Hash hash(Der function, String what) throws SigningException, Der.UnexpectedException {
        if (!function.next(Der.SEQUENCE)) {
            throw Pbes2.unknown(what);
        }
        var prf = function.sequence();
        var identifier = identifier(prf);
        for (var hash : Hash.values()) {
            if (identifier.equals(hash.identifier)) {
                if (prf.content(Der.NULL).length != 0) {
                    throw new Der.UnexpectedException("a NULL that has content");
                }
                prf.end();
                return hash;
            }
        }
        throw Pbes2.unknown(what);
    }

    private static void expect(Der algorithm, String identifier, String what)
            throws SigningException, Der.UnexpectedException {
        if (!identifier(algorithm).equals(identifier)) {
            throw Pbes2.unknown(what);
        }
    }

    private static byte[] identifier(String hex) {
        return Der.element(Der.OBJECT_IDENTIFIER, HexFormat.of().parseHex(hex));
    }

    private static String identifier(Der algorithm) throws Der.UnexpectedException {
        return HexFormat.of().formatHex(algorithm.content(Der.OBJECT_IDENTIFIER));
    }
}
