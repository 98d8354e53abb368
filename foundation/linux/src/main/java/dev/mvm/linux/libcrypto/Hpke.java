package dev.mvm.linux.libcrypto;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mvm.linux.call.CFunction;
import dev.mvm.linux.errno.LibraryException;
import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.secret.SecretMemory;
import java.lang.foreign.Arena;

/// The receiving side of HPKE (RFC 9180) in base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM;
/// OSSL_HPKE_CTX_new(3). Needs OpenSSL 3.2.
///
/// No private key and nothing that is opened reaches the Java heap. libcrypto has copies in its own memory while it
/// works, which it wipes before it returns.
public final class Hpke {
    /// Bytes of private keys, public keys and encapsulated keys.
    public static final int KEY_SIZE = 32;

    /// By how much what is sealed is longer than what it holds.
    public static final int TAG_SIZE = 16;

    /// `OSSL_HPKE_SUITE`, three 16-bit numbers of RFC 9180 section 7 in one register: KEM, KDF, AEAD.
    public static final long SUITE = 0x0020L | 0x0001L << 16 | 0x0002L << 32;

    private static final int MODE_BASE = 0; // openssl/hpke.h
    private static final int ROLE_RECEIVER = 1; // openssl/hpke.h
    private static final int EVP_PKEY_X25519 = 1034; // NID_X25519, openssl/obj_mac.h
    private static final long NULL = 0;

    private final Libcrypto libcrypto;
    private final CFunction random = Libcrypto.find("RAND_priv_bytes");
    private final CFunction newKey = Libcrypto.find("EVP_PKEY_new_raw_private_key");
    private final CFunction freeKey = Libcrypto.find("EVP_PKEY_free");
    private final CFunction getPublicKey = Libcrypto.find("EVP_PKEY_get_raw_public_key");
    private final CFunction newContext = Libcrypto.find("OSSL_HPKE_CTX_new");
    private final CFunction freeContext = Libcrypto.find("OSSL_HPKE_CTX_free");
    private final CFunction decap = Libcrypto.find("OSSL_HPKE_decap");
    private final CFunction setNumber = Libcrypto.find("OSSL_HPKE_CTX_set_seq");
    private final CFunction open = Libcrypto.find("OSSL_HPKE_open");

    public Hpke(Libcrypto libcrypto) throws MissingLibraryException {
        this.libcrypto = libcrypto;
    }

    /// Makes a private key: 32 random bytes (RFC 7748 section 6.1).
    public void generate(SecretMemory into) throws LibraryException {
        if ((int) random.call(into.bytes().address(), KEY_SIZE) != 1) {
            throw libcrypto.failure("RAND_priv_bytes");
        }
    }

    /// The public half of a private key.
    public byte[] publicKey(SecretMemory privateKey) throws LibraryException {
        long key = key(privateKey);
        try (var arena = Arena.ofConfined()) {
            var out = arena.allocate(KEY_SIZE);
            long length = arena.allocateFrom(JAVA_LONG, KEY_SIZE).address();
            if ((int) getPublicKey.call(key, out.address(), length) != 1) {
                throw libcrypto.failure("EVP_PKEY_get_raw_public_key");
            }
            return out.toArray(JAVA_BYTE);
        } finally {
            var _ = freeKey.call(key);
        }
    }

    /// Opens the first message of a context, or the only one: `OpenBase` of RFC 9180 section 6.1.
    ///
    /// @return as the other `open`
    public boolean open(SecretMemory skR, byte[] enc, byte[] ct, byte[] info, byte[] aad, SecretMemory pt)
            throws LibraryException {
        return open(skR, enc, 0, ct, info, aad, pt);
    }

    /// Opens one message of a context, without those before it: `ContextR.Open` of RFC 9180 section 5.2 at sequence
    /// number `seq`; the names are the RFC's.
    ///
    /// @param skR the receiver's private key
    /// @param enc the encapsulated key, 32 bytes
    /// @param seq the message's number, from 0 on
    /// @param ct the ciphertext, 16 bytes longer than `pt`
    /// @param pt where the plaintext goes; zeros if it does not open
    /// @return whether `ct` was sealed to this key with this `info` and `aad`, and has not been altered
    public boolean open(SecretMemory skR, byte[] enc, long seq, byte[] ct, byte[] info, byte[] aad, SecretMemory pt)
            throws LibraryException {
        if (enc.length != KEY_SIZE || ct.length != pt.bytes().byteSize() + TAG_SIZE) {
            return false;
        }
        long key = key(skR);
        long context = newContext.call(MODE_BASE, SUITE, ROLE_RECEIVER, NULL, NULL);
        try (var arena = Arena.ofConfined()) {
            long ptAt = pt.bytes().address();
            long ptLength = arena.allocateFrom(JAVA_LONG, pt.bytes().byteSize()).address();
            long aadAt = copy(arena, aad);
            long ctAt = copy(arena, ct);
            boolean opened =
                    (int) decap.call(context, copy(arena, enc), enc.length, key, copy(arena, info), info.length) == 1
                            && (int) setNumber.call(context, seq) == 1
                            && (int) open.call(context, ptAt, ptLength, aadAt, aad.length, ctAt, ct.length) == 1;
            if (!opened) {
                pt.bytes().fill((byte) 0);
            }
            return opened;
        } finally {
            var _ = freeContext.call(context);
            var _ = freeKey.call(key);
            libcrypto.clearErrors();
        }
    }

    private long key(SecretMemory privateKey) throws LibraryException {
        if (privateKey.bytes().byteSize() != KEY_SIZE) {
            throw new IllegalArgumentException("an X25519 private key has 32 bytes");
        }
        long key = newKey.call(EVP_PKEY_X25519, NULL, privateKey.bytes().address(), KEY_SIZE);
        if (key == NULL) {
            throw libcrypto.failure("EVP_PKEY_new_raw_private_key");
        }
        return key;
    }

    private static long copy(Arena arena, byte[] content) {
        return arena.allocateFrom(JAVA_BYTE, content).address();
    }
}
