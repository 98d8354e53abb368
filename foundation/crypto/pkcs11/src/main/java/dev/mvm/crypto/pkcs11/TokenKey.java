package dev.mvm.crypto.pkcs11;

import static dev.mvm.crypto.pkcs11.CryptokiException.Reason.AMBIGUOUS_OBJECT;
import static dev.mvm.crypto.pkcs11.CryptokiException.Reason.NO_OBJECT;
import static dev.mvm.crypto.pkcs11.CryptokiException.Reason.TOKEN_REFUSED;
import static dev.mvm.crypto.pkcs11.CryptokiException.Reason.WRONG_KEY;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.crypto.pkcs11.Cryptoki.Function;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/// An Ed25519 key in a token; it does not leave it. Usable as long as its [Token] is open.
public final class TokenKey {
    private static final long PUBLIC_KEY = 2; // CKO_PUBLIC_KEY and so on, pkcs11t.h
    private static final long PRIVATE_KEY = 3;
    private static final long EC_EDWARDS = 0x40; // CKK_EC_EDWARDS
    private static final long EDDSA = 0x1057; // CKM_EDDSA; without parameters it is pure Ed25519
    private static final int MECHANISM = 3 * Long.BYTES; // CK_MECHANISM: type, no parameters
    private static final int POINT = 32;
    private static final int SIGNATURE = 64;

    private final Objects objects;
    private final long handle;
    private final byte[] publicKey;

    private TokenKey(Objects objects, long handle, byte[] publicKey) {
        this.objects = objects;
        this.handle = handle;
        this.publicKey = publicKey;
    }

    static TokenKey find(Objects objects, Pkcs11Uri uri) throws CryptokiException {
        var wanted = new LinkedHashMap<Long, byte[]>();
        wanted.put(Objects.CLASS, Objects.number(PRIVATE_KEY));
        uri.object().ifPresent(label -> wanted.put(Objects.LABEL, label.getBytes(UTF_8)));
        uri.id().ifPresent(id -> wanted.put(Objects.ID, HexFormat.of().parseHex(id)));
        var found = objects.find(wanted, 2);
        if (found.isEmpty()) {
            throw new CryptokiException(NO_OBJECT, "the token has no such key, or shows it to another PIN only");
        }
        if (found.size() > 1) {
            throw new CryptokiException(
                    AMBIGUOUS_OBJECT,
                    "several keys of the token fit: say which one by object= or id= in the reference");
        }
        long handle = found.getFirst();
        var type = objects.value(handle, Objects.KEY_TYPE);
        if (type.isEmpty() || !Arrays.equals(type.get(), Objects.number(EC_EDWARDS))) {
            throw new CryptokiException(WRONG_KEY, "the key in the token is not an Ed25519 key");
        }
        return new TokenKey(objects, handle, publicHalf(objects, handle));
    }

    /// Some tokens keep the point with the private key, all with the public key of the same id.
    private static byte[] publicHalf(Objects objects, long handle) throws CryptokiException {
        var own = objects.value(handle, Objects.EC_POINT);
        if (own.isPresent() && own.get().length >= POINT) {
            return point(own.get());
        }
        var id = objects.value(handle, Objects.ID);
        if (id.isEmpty() || id.get().length == 0) {
            throw new CryptokiException(WRONG_KEY, "the key in the token has no id, by which to find its public half");
        }
        var found = objects.find(
                Map.of(
                        Objects.CLASS,
                        Objects.number(PUBLIC_KEY),
                        Objects.KEY_TYPE,
                        Objects.number(EC_EDWARDS),
                        Objects.ID,
                        id.get()),
                2);
        if (found.size() != 1) {
            throw new CryptokiException(
                    found.isEmpty() ? WRONG_KEY : AMBIGUOUS_OBJECT,
                    (found.isEmpty() ? "the token has no public key" : "the token has several public keys")
                            + " with the key's id");
        }
        return point(objects.value(found.getFirst(), Objects.EC_POINT).orElse(new byte[0]));
    }

    /// The 32 bytes of RFC 8032 as version 3.1 wants them, or in an OCTET STRING of DER as version 3.0 did.
    static byte[] point(byte[] value) throws CryptokiException {
        if (value.length == POINT) {
            return value;
        }
        if (value.length == 2 + POINT && value[0] == 0x04 && value[1] == POINT) {
            return Arrays.copyOfRange(value, 2, value.length);
        }
        throw new CryptokiException(WRONG_KEY, "the public half of the key in the token is not an Ed25519 key");
    }

    /// The public half, 32 bytes, as the token says.
    public byte[] publicKey() {
        return publicKey.clone();
    }

    /// A signature of `message`, 64 bytes. That it is one is not checked here.
    public byte[] sign(byte[] message) throws CryptokiException {
        try (var arena = Arena.ofConfined()) {
            var mechanism = arena.allocate(MECHANISM, Long.BYTES);
            mechanism.set(JAVA_LONG, 0, EDDSA);
            objects.cryptoki().call(Function.C_SignInit, objects.session(), mechanism.address(), handle);
            var data = arena.allocateFrom(JAVA_BYTE, Arrays.copyOf(message, Math.max(1, message.length)));
            var signature = arena.allocate(SIGNATURE);
            var length = arena.allocate(JAVA_LONG);
            length.set(JAVA_LONG, 0, SIGNATURE);
            objects.cryptoki()
                    .call(
                            Function.C_Sign,
                            objects.session(),
                            data.address(),
                            message.length,
                            signature.address(),
                            length.address());
            if (length.get(JAVA_LONG, 0) != SIGNATURE) {
                throw new CryptokiException(TOKEN_REFUSED, "the token's signature does not have 64 bytes");
            }
            return signature.toArray(JAVA_BYTE);
        }
    }
}
