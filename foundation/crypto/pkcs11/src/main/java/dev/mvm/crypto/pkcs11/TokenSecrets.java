package dev.mvm.crypto.pkcs11;

import static dev.mvm.crypto.pkcs11.CryptokiException.Reason.AMBIGUOUS_OBJECT;
import static dev.mvm.crypto.pkcs11.CryptokiException.Reason.NO_OBJECT;
import static dev.mvm.crypto.pkcs11.CryptokiException.Reason.TOKEN_REFUSED;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.crypto.pkcs11.Cryptoki.Function;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// AES-256 keys of a token, by their labels. They are made in the token and do not leave it; what they encrypt is
/// handed to the module in the caller's memory. AES-GCM (PKCS #11 3.0 section 6.13): nonce of 12 bytes, ciphertext,
/// tag of 16 bytes.
///
/// Usable as long as its [Token] is open, which has to be one for writing.
public final class TokenSecrets {
    /// By how much what is encrypted is longer than its contents.
    public static final int OVERHEAD = 28;

    private static final int NONCE = 12;
    private static final int TAG_BITS = 128;
    private static final int MOST = 1000;
    private static final int ROOM = 64; // beyond what is expected: some modules ask for a block more

    private static final long SECRET_KEY = 4; // CKO_SECRET_KEY and so on, pkcs11t.h
    private static final long AES = 0x1f; // CKK_AES
    private static final long TOKEN = 0x1;
    private static final long PRIVATE = 0x2;
    private static final long SENSITIVE = 0x103;
    private static final long ENCRYPT = 0x104;
    private static final long DECRYPT = 0x105;
    private static final long VALUE_LEN = 0x161;
    private static final long EXTRACTABLE = 0x162;
    private static final long AES_KEY_GEN = 0x1080;
    private static final long AES_GCM = 0x1087;
    private static final int MECHANISM = 3 * Long.BYTES; // CK_MECHANISM: type, parameters, their length
    private static final int GCM_PARAMS = 6 * Long.BYTES; // CK_GCM_PARAMS
    private static final byte[] YES = {1};
    private static final byte[] NO = {0};

    private final Objects objects;
    private final SecureRandom random = new SecureRandom();

    TokenSecrets(Objects objects) {
        this.objects = objects;
    }

    private static Map<Long, byte[]> kind() {
        var out = new LinkedHashMap<Long, byte[]>();
        out.put(Objects.CLASS, Objects.number(SECRET_KEY));
        out.put(Objects.KEY_TYPE, Objects.number(AES));
        return out;
    }

    /// Labels of all AES keys in the token, in no order.
    public List<String> labels() throws CryptokiException {
        var out = new ArrayList<String>();
        for (var handle : objects.find(kind(), MOST)) {
            objects.value(handle, Objects.LABEL).ifPresent(label -> out.add(new String(label, UTF_8)));
        }
        return out;
    }

    /// Makes a key, which is in the token when this returns. Labels are not unique for a token: the caller looks
    /// first.
    public void make(String label) throws CryptokiException {
        var attributes = kind();
        attributes.put(Objects.LABEL, label.getBytes(UTF_8));
        attributes.put(TOKEN, YES);
        attributes.put(PRIVATE, YES);
        attributes.put(SENSITIVE, YES);
        attributes.put(EXTRACTABLE, NO);
        attributes.put(ENCRYPT, YES);
        attributes.put(DECRYPT, YES);
        attributes.put(VALUE_LEN, Objects.number(32));
        try (var arena = Arena.ofConfined()) {
            var mechanism = arena.allocate(MECHANISM, Long.BYTES);
            mechanism.set(JAVA_LONG, 0, AES_KEY_GEN);
            objects.cryptoki()
                    .call(
                            Function.C_GenerateKey,
                            objects.session(),
                            mechanism.address(),
                            Objects.template(arena, attributes).address(),
                            attributes.size(),
                            arena.allocate(JAVA_LONG).address());
        }
    }

    /// Destroys a key; no-op if it is not there.
    public void destroy(String label) throws CryptokiException {
        for (var handle : handles(label)) {
            objects.cryptoki().call(Function.C_DestroyObject, objects.session(), handle);
        }
    }

    private List<Long> handles(String label) throws CryptokiException {
        var wanted = kind();
        wanted.put(Objects.LABEL, label.getBytes(UTF_8));
        return objects.find(wanted, MOST);
    }

    private long key(String label) throws CryptokiException {
        var found = handles(label);
        if (found.size() == 1) {
            return found.getFirst();
        }
        throw found.isEmpty()
                ? new CryptokiException(NO_OBJECT, "the token has no AES key " + label)
                : new CryptokiException(AMBIGUOUS_OBJECT, "the token has several AES keys " + label);
    }

    /// Encrypts.
    ///
    /// @param aad what it is bound to: it opens with nothing else
    /// @param plain off the heap
    /// @throws CryptokiException `NO_OBJECT` if there is no such key
    public byte[] encrypt(String label, byte[] aad, MemorySegment plain) throws CryptokiException {
        var nonce = new byte[NONCE];
        random.nextBytes(nonce);
        try (var arena = Arena.ofConfined()) {
            var sealed = plain.byteSize() + OVERHEAD - NONCE;
            var out = arena.allocate(sealed + ROOM);
            var length = arena.allocateFrom(JAVA_LONG, out.byteSize());
            var mechanism = mechanism(arena, nonce, aad);
            objects.cryptoki().call(Function.C_EncryptInit, objects.session(), mechanism.address(), key(label));
            run(Function.C_Encrypt, plain, out, length);
            if (length.get(JAVA_LONG, 0) != sealed) {
                throw new CryptokiException(
                        TOKEN_REFUSED, "the token's ciphertext has another length than AES-GCM gives");
            }
            return ByteBuffer.allocate((int) sealed + NONCE)
                    .put(nonce)
                    .put(out.asSlice(0, sealed).toArray(JAVA_BYTE))
                    .array();
        }
    }

    /// Decrypts. That it has not been altered is for the token to find, which says `TOKEN_REFUSED` then.
    ///
    /// @param box what [#encrypt] gave
    /// @param into off the heap, as long as what was encrypted; zeros if it does not open
    public void decrypt(String label, byte[] aad, byte[] box, MemorySegment into) throws CryptokiException {
        if (box.length != into.byteSize() + OVERHEAD) {
            throw new CryptokiException(TOKEN_REFUSED, "not what the token encrypted: it has another length");
        }
        try (var arena = Arena.ofConfined()) {
            var from = arena.allocateFrom(JAVA_BYTE, java.util.Arrays.copyOfRange(box, NONCE, box.length));
            var out = arena.allocate(into.byteSize() + ROOM);
            var length = arena.allocateFrom(JAVA_LONG, out.byteSize());
            var mechanism = mechanism(arena, java.util.Arrays.copyOf(box, NONCE), aad);
            objects.cryptoki().call(Function.C_DecryptInit, objects.session(), mechanism.address(), key(label));
            try {
                run(Function.C_Decrypt, from, out, length);
                if (length.get(JAVA_LONG, 0) != into.byteSize()) {
                    throw new CryptokiException(TOKEN_REFUSED, "what the token decrypted has another length");
                }
                MemorySegment.copy(out, 0, into, 0, into.byteSize());
            } finally {
                out.fill((byte) 0);
            }
        }
    }

    private void run(Function function, MemorySegment from, MemorySegment to, MemorySegment length)
            throws CryptokiException {
        objects.cryptoki()
                .call(function, objects.session(), from.address(), from.byteSize(), to.address(), length.address());
    }

    private static MemorySegment mechanism(Arena arena, byte[] nonce, byte[] aad) {
        var params = arena.allocate(GCM_PARAMS, Long.BYTES);
        params.setAtIndex(JAVA_LONG, 0, arena.allocateFrom(JAVA_BYTE, nonce).address());
        params.setAtIndex(JAVA_LONG, 1, nonce.length);
        params.setAtIndex(JAVA_LONG, 2, 8L * nonce.length);
        params.setAtIndex(JAVA_LONG, 3, arena.allocateFrom(JAVA_BYTE, aad).address());
        params.setAtIndex(JAVA_LONG, 4, aad.length);
        params.setAtIndex(JAVA_LONG, 5, TAG_BITS);
        var mechanism = arena.allocate(MECHANISM, Long.BYTES);
        mechanism.setAtIndex(JAVA_LONG, 0, AES_GCM);
        mechanism.setAtIndex(JAVA_LONG, 1, params.address());
        mechanism.setAtIndex(JAVA_LONG, 2, GCM_PARAMS);
        return mechanism;
    }
}
