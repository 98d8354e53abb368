package dev.mvm.crypto.tenantkeys;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mvm.linux.call.CFunction;
import dev.mvm.linux.call.Library;
import dev.mvm.linux.errno.LibraryException;
import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.model.Bytes;
import java.lang.foreign.Arena;

/// The sending side of HPKE (RFC 9180) in base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM, by
/// libcrypto; OSSL_HPKE_CTX_new(3). It is here, and not beside the receiving side, so that the root process does not
/// have it.
public final class HpkeSealer {
    private static final int MODE_BASE = 0; // openssl/hpke.h
    private static final int ROLE_SENDER = 0; // openssl/hpke.h
    private static final long NULL = 0;

    private final CFunction newContext;
    private final CFunction freeContext;
    private final CFunction encap;
    private final CFunction seal;

    private HpkeSealer() throws MissingLibraryException, LibraryException {
        var _ = new Libcrypto(); // initialised without its configuration file
        newContext = Library.LIBCRYPTO.find("OSSL_HPKE_CTX_new");
        freeContext = Library.LIBCRYPTO.find("OSSL_HPKE_CTX_free");
        encap = Library.LIBCRYPTO.find("OSSL_HPKE_encap");
        seal = Library.LIBCRYPTO.find("OSSL_HPKE_seal");
    }

    /// Encrypts for the receiver alone.
    ///
    /// @param enc the encapsulated key, 32 bytes
    /// @param sealed 16 bytes longer than what is in it
    public record Sealed(Bytes enc, Bytes sealed) {}

    /// Finds libcrypto.
    ///
    /// @throws KeyException `NO_LIBCRYPTO` if it is not there, too old, or this process may not call it
    public static HpkeSealer find() throws KeyException {
        if (!Library.class.getModule().isNativeAccessEnabled()) {
            throw new KeyException(
                    KeyException.Reason.NO_LIBCRYPTO,
                    "this JVM may not call libcrypto: --enable-native-access allows it");
        }
        try {
            return new HpkeSealer();
        } catch (MissingLibraryException | LibraryException e) {
            throw new KeyException(KeyException.Reason.NO_LIBCRYPTO, String.valueOf(e.getMessage()));
        }
    }

    /// Seals a key. Each time gives other bytes.
    ///
    /// @param plain stays the caller's, and on the caller's heap; the copy made here is wiped
    /// @throws KeyException `BAD_NODE_KEY` if nothing can be encrypted to `receiver`, a point of small order
    ///     for example
    public Sealed seal(NodePublicKey receiver, byte[] info, byte[] aad, byte[] plain) throws KeyException {
        long context = newContext.call(MODE_BASE, Hpke.SUITE, ROLE_SENDER, NULL, NULL);
        try (var arena = Arena.ofConfined()) {
            var enc = arena.allocate(Hpke.KEY_SIZE);
            var out = arena.allocate(plain.length + (long) Hpke.TAG_SIZE);
            var encLength = arena.allocateFrom(JAVA_LONG, enc.byteSize());
            var sealedLength = arena.allocateFrom(JAVA_LONG, out.byteSize());
            long to = arena.allocateFrom(JAVA_BYTE, receiver.raw().array()).address();
            long about = arena.allocateFrom(JAVA_BYTE, info).address();
            long bound = arena.allocateFrom(JAVA_BYTE, aad).address();
            var key = arena.allocateFrom(JAVA_BYTE, plain);
            try {
                int encapsulated = (int)
                        encap.call(context, enc.address(), encLength.address(), to, Hpke.KEY_SIZE, about, info.length);
                int done = encapsulated != 1
                        ? 0
                        : (int) seal.call(
                                context,
                                out.address(),
                                sealedLength.address(),
                                bound,
                                aad.length,
                                key.address(),
                                plain.length);
                if (done != 1) {
                    throw new KeyException(
                            KeyException.Reason.BAD_NODE_KEY, "nothing can be encrypted to " + receiver.fingerprint());
                }
                return new Sealed(Bytes.of(enc.toArray(JAVA_BYTE)), Bytes.of(out.toArray(JAVA_BYTE)));
            } finally {
                key.fill((byte) 0);
            }
        } finally {
            var _ = freeContext.call(context);
        }
    }
}
