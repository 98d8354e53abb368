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
    private static final long NULL = 0;

    private final Libcrypto libcrypto;
    private final PrivateKeys keys;
    private final CFunction newContext = Libcrypto.find("OSSL_HPKE_CTX_new");
    private final CFunction freeContext = Libcrypto.find("OSSL_HPKE_CTX_free");
    private final CFunction decap = Libcrypto.find("OSSL_HPKE_decap");
    private final CFunction setNumber = Libcrypto.find("OSSL_HPKE_CTX_set_seq");
    private final CFunction open = Libcrypto.find("OSSL_HPKE_open");

    public Hpke(Libcrypto libcrypto) throws MissingLibraryException {
        this.libcrypto = libcrypto;
        this.keys = new PrivateKeys(libcrypto);
    }

    /// Makes a private key: 32 random bytes (RFC 7748 section 6.1).
    public void generate(SecretMemory into) throws LibraryException {
        keys.generate(into);
    }

    /// The public half of a private key.
    public byte[] publicKey(SecretMemory privateKey) throws LibraryException {
        return keys.publicHalf(PrivateKeys.X25519, privateKey);
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
        return keys.lend(PrivateKeys.X25519, skR, key -> open(key, enc, seq, ct, info, aad, pt));
    }

    private boolean open(long key, byte[] enc, long seq, byte[] ct, byte[] info, byte[] aad, SecretMemory pt) {
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
            libcrypto.clearErrors();
        }
    }

    private static long copy(Arena arena, byte[] content) {
        return arena.allocateFrom(JAVA_BYTE, content).address();
    }
}
