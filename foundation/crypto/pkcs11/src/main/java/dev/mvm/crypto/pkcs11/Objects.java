package dev.mvm.crypto.pkcs11;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mvm.crypto.pkcs11.Cryptoki.Function;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The objects that a session sees.
final class Objects {
    static final long CLASS = 0x0; // CKA_CLASS and so on, pkcs11t.h
    static final long LABEL = 0x3;
    static final long KEY_TYPE = 0x100;
    static final long ID = 0x102;
    static final long EC_POINT = 0x181;

    private static final int ATTRIBUTE = 3 * Long.BYTES; // CK_ATTRIBUTE: type, pointer, length
    private static final int MAX_VALUE = 1024;

    private final Cryptoki cryptoki;
    private final long session;

    /// @param session a handle
    Objects(Cryptoki cryptoki, long session) {
        this.cryptoki = cryptoki;
        this.session = session;
    }

    Cryptoki cryptoki() {
        return cryptoki;
    }

    long session() {
        return session;
    }

    /// A `CK_ULONG` as the value of an attribute.
    static byte[] number(long value) {
        return ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
    }

    /// Handles of objects with these attributes.
    ///
    /// @return at most `most`
    List<Long> find(Map<Long, byte[]> attributes, int most) throws CryptokiException {
        try (var arena = Arena.ofConfined()) {
            var template = template(arena, attributes);
            cryptoki.call(Function.C_FindObjectsInit, session, template.address(), attributes.size());
            var out = new ArrayList<Long>();
            var handle = arena.allocate(JAVA_LONG);
            var count = arena.allocate(JAVA_LONG);
            try {
                while (out.size() < most) {
                    long one = 1;
                    cryptoki.call(Function.C_FindObjects, session, handle.address(), one, count.address());
                    if (count.get(JAVA_LONG, 0) != 1) {
                        break;
                    }
                    out.add(handle.get(JAVA_LONG, 0));
                }
            } finally {
                var _ = cryptoki.attempt(Function.C_FindObjectsFinal, session);
            }
            return out;
        }
    }

    static MemorySegment template(Arena arena, Map<Long, byte[]> attributes) {
        var template = arena.allocate((long) ATTRIBUTE * attributes.size(), Long.BYTES);
        int i = 0;
        for (var attribute : attributes.entrySet()) {
            attribute(
                    template.asSlice((long) ATTRIBUTE * i++, ATTRIBUTE),
                    attribute.getKey(),
                    arena.allocateFrom(JAVA_BYTE, attribute.getValue()),
                    attribute.getValue().length);
        }
        return template;
    }

    private static void attribute(MemorySegment struct, long type, MemorySegment value, long length) {
        struct.setAtIndex(JAVA_LONG, 0, type);
        struct.setAtIndex(JAVA_LONG, 1, value.address());
        struct.setAtIndex(JAVA_LONG, 2, length);
    }

    /// An attribute's value; nothing if the object has none, or does not show it.
    ///
    /// @throws CryptokiException `TOKEN_GONE`
    Optional<byte[]> value(long object, long type) throws CryptokiException {
        try (var arena = Arena.ofConfined()) {
            var value = arena.allocate(MAX_VALUE);
            var struct = arena.allocate(ATTRIBUTE, Long.BYTES);
            attribute(struct, type, value, MAX_VALUE);
            long one = 1;
            long answer = cryptoki.attempt(Function.C_GetAttributeValue, session, object, struct.address(), one);
            long length = struct.getAtIndex(JAVA_LONG, 2);
            if (answer == Cryptoki.OK && length >= 0 && length <= MAX_VALUE) {
                return Optional.of(value.asSlice(0, length).toArray(JAVA_BYTE));
            }
            var failure = CryptokiException.of(Function.C_GetAttributeValue.name(), answer);
            if (failure.reason() == CryptokiException.Reason.TOKEN_GONE) {
                throw failure;
            }
            return Optional.empty();
        }
    }
}
