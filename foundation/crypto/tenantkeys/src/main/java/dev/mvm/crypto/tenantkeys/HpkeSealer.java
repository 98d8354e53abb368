package dev.mvm.crypto.tenantkeys;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.call.CFunction;
import dev.mvm.linux.call.Library;
import dev.mvm.linux.errno.LibraryException;
import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.model.Bytes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

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
        try (var arena = Arena.ofConfined();
                var messages = begin(receiver, info)) {
            var copy = arena.allocateFrom(JAVA_BYTE, plain);
            try {
                return new Sealed(messages.enc(), messages.seal(aad, copy));
            } finally {
                copy.fill((byte) 0);
            }
        }
    }

    /// Begins a context: one encapsulation for any number of messages. Each time is another context.
    ///
    /// @throws KeyException `BAD_NODE_KEY` as [#seal]
    @MustBeClosed
    public Messages begin(NodePublicKey receiver, byte[] info) throws KeyException {
        long context = newContext.call(MODE_BASE, Hpke.SUITE, ROLE_SENDER, NULL, NULL);
        try (var arena = Arena.ofConfined()) {
            var enc = arena.allocate(Hpke.KEY_SIZE);
            long encLength = arena.allocateFrom(JAVA_LONG, enc.byteSize()).address();
            long to = arena.allocateFrom(JAVA_BYTE, receiver.raw().array()).address();
            long about = arena.allocateFrom(JAVA_BYTE, info).address();
            if ((int) encap.call(context, enc.address(), encLength, to, Hpke.KEY_SIZE, about, info.length) == 1) {
                return new Messages(context, receiver, Bytes.of(enc.toArray(JAVA_BYTE)));
            }
        }
        var _ = freeContext.call(context);
        throw unsealable(receiver);
    }

    private static KeyException unsealable(NodePublicKey receiver) {
        return new KeyException(
                KeyException.Reason.BAD_NODE_KEY, "nothing can be encrypted to " + receiver.fingerprint());
    }

    /// The messages of one context, numbered from 0 on in the order in which they are sealed. For one thread.
    public final class Messages implements AutoCloseable {
        private final NodePublicKey receiver;
        private final Bytes enc;
        private long context;

        private Messages(long context, NodePublicKey receiver, Bytes enc) {
            this.context = context;
            this.receiver = receiver;
            this.enc = enc;
        }

        /// The encapsulated key, 32 bytes.
        public Bytes enc() {
            return enc;
        }

        /// Seals the next message.
        ///
        /// @param plain off the heap; libcrypto reads it where it is
        /// @return 16 bytes more than `plain`
        /// @throws KeyException `BAD_NODE_KEY` if libcrypto does not
        public Bytes seal(byte[] aad, MemorySegment plain) throws KeyException {
            if (context == NULL) {
                throw new IllegalStateException("closed");
            }
            if (!plain.isNative()) {
                throw new IllegalArgumentException("the plaintext is on the heap");
            }
            try (var arena = Arena.ofConfined()) {
                var out = arena.allocate(plain.byteSize() + Hpke.TAG_SIZE);
                long length = arena.allocateFrom(JAVA_LONG, out.byteSize()).address();
                long bound = arena.allocateFrom(JAVA_BYTE, aad).address();
                long from = plain.address();
                if ((int) seal.call(context, out.address(), length, bound, aad.length, from, plain.byteSize()) != 1) {
                    throw unsealable(receiver);
                }
                return Bytes.of(out.toArray(JAVA_BYTE));
            }
        }

        @Override
        public void close() {
            if (context != NULL) {
                var _ = freeContext.call(context);
                context = NULL;
            }
        }
    }
}
