package dev.mvm.crypto.aead;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.errno.LibraryException;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Random;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/// Numbered pieces and the keys for them, held against the JDK's.
final class NumberedGcmTest {
    private final Libcrypto libcrypto = new Libcrypto();
    private final Gcm gcm = new Gcm(libcrypto);
    private final Random random = new Random(38);
    private final byte[] key = bytes(32);
    private final byte[] nonce = bytes(12);

    NumberedGcmTest() throws Exception {}

    private byte[] bytes(int size) {
        var out = new byte[size];
        random.nextBytes(out);
        return out;
    }

    private static MemorySegment offHeap(byte[] bytes) {
        return Arena.ofAuto().allocateFrom(JAVA_BYTE, bytes);
    }

    @MustBeClosed
    private NumberedGcm cipher(boolean seals) throws LibraryException {
        return new NumberedGcm(gcm, seals, offHeap(key), offHeap(nonce));
    }

    private byte[] jdk(long number, byte[] plain) throws Exception {
        var iv = new BigInteger(1, nonce).xor(BigInteger.valueOf(number)).toByteArray();
        var exact = new byte[12];
        int size = Math.min(iv.length, 12);
        System.arraycopy(iv, iv.length - size, exact, 12 - size, size);
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, exact));
        return cipher.doFinal(plain);
    }

    @Test
    void piecesOfAnySize_areWhatTheJdkMakesAndOpen() throws Exception {
        try (var sealing = cipher(true);
                var opening = cipher(false)) {
            long number = 0;
            for (int size : new int[] {0, 1, 15, 16, 17, 4096, 16384, 100_001}) {
                for (long at : new long[] {number++, 255 + number, 1L << 32 | number, (1L << 38) - 1 - number}) {
                    var plain = bytes(size);
                    var sealed = offHeap(new byte[size + 21]);
                    sealing.seal(at, 1, offHeap(Arrays.copyOf(plain, size + 3)), 0, size, sealed, 5);
                    var exact = sealed.asSlice(5, size + NumberedGcm.TAG);
                    assertThat(exact.toArray(JAVA_BYTE)).isEqualTo(jdk(at, plain));
                    var into = offHeap(new byte[size + 2]);
                    assertThat(opening.open(at, 1, sealed, 5, size, into, 2)).isOne();
                    assertThat(into.asSlice(2).toArray(JAVA_BYTE)).isEqualTo(plain);
                }
            }
        }
    }

    /// In the same memory again and again, mostly not in the same places.
    @Test
    void manyPieces_areAsOneByOne_andNothingIsLeftIfOneDoesNotOpen() throws Exception {
        var room = offHeap(new byte[3000]);
        var into = offHeap(new byte[3000]);
        try (var sealing = cipher(true);
                var opening = cipher(false)) {
            for (int round = 0; round < 300; round++) {
                int count = 1 + random.nextInt(50);
                int size = 16 * random.nextInt(3) + random.nextInt(2); // tags come to lie in the same places
                long first = random.nextInt(1000) + (1L << 33);
                long at = (long) random.nextInt(3) * NumberedGcm.TAG;
                var plain = bytes(count * size);
                sealing.seal(first, count, offHeap(plain), 0, size, room, at);
                for (int i = 0; i < count; i++) {
                    var sealed = room.asSlice(at + (long) i * (size + NumberedGcm.TAG), size + NumberedGcm.TAG);
                    assertThat(sealed.toArray(JAVA_BYTE))
                            .isEqualTo(jdk(first + i, Arrays.copyOfRange(plain, i * size, (i + 1) * size)));
                }
                assertThat(opening.open(first, count, room, at, size, into, 1)).isEqualTo(count);
                assertThat(into.asSlice(1, plain.length).toArray(JAVA_BYTE)).isEqualTo(plain);
                int bad = random.nextInt(count);
                long tag = at + (long) bad * (size + NumberedGcm.TAG) + size;
                room.set(JAVA_BYTE, tag, (byte) (room.get(JAVA_BYTE, tag) ^ 1));
                assertThat(opening.open(first, count, room, at, size, into, 1)).isEqualTo(bad);
                assertThat(into.asSlice(1, plain.length).toArray(JAVA_BYTE)).isEqualTo(new byte[plain.length]);
            }
        }
    }

    @Test
    void anythingElse_doesNotOpenAndLeavesZeros() throws Exception {
        try (var sealing = cipher(true);
                var opening = cipher(false)) {
            var sealed = offHeap(new byte[64 + NumberedGcm.TAG]);
            sealing.seal(5, 1, offHeap(bytes(64)), 0, 64, sealed, 0);
            var into = offHeap(bytes(66));
            var around = into.toArray(JAVA_BYTE);
            assertThat(opening.open(4, 1, sealed, 0, 64, into, 1)).isZero();
            assertThat(into.asSlice(1, 64).toArray(JAVA_BYTE)).containsOnly(0);
            assertThat(into.get(JAVA_BYTE, 0)).isEqualTo(around[0]);
            assertThat(into.get(JAVA_BYTE, 65)).isEqualTo(around[65]);
            for (long at = 0; at < sealed.byteSize(); at++) {
                sealed.set(JAVA_BYTE, at, (byte) (sealed.get(JAVA_BYTE, at) ^ 1));
                assertThat(opening.open(5, 1, sealed, 0, 64, into, 0)).isZero();
                sealed.set(JAVA_BYTE, at, (byte) (sealed.get(JAVA_BYTE, at) ^ 1));
            }
            assertThat(opening.open(5, 1, sealed, 0, 64, into, 0)).isOne();
            // neither does the other's work
            assertThat(sealing.open(5, 1, sealed, 0, 64, into, 0)).isZero();
            assertThatExceptionOfType(LibraryException.class)
                    .isThrownBy(() -> opening.seal(5, 1, into, 0, 8, sealed, 0));
        }
    }

    /// Past this class nobody looks at sizes any more.
    @Test
    @SuppressWarnings("try") // closed twice on purpose
    void memoryThatIsTooSmallOrOnTheHeapOrGone_isRefused() throws Exception {
        var some = offHeap(new byte[64]);
        var large = offHeap(new byte[200]);
        try (var sealing = cipher(true)) {
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                    .isThrownBy(() -> sealing.seal(0, 1, some, 1, 64, large, 0));
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                    .isThrownBy(() -> sealing.seal(0, 1, some, 0, 49, some, 0));
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                    .isThrownBy(() -> sealing.seal(0, 1, some, -1, 1, large, 0));
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                    .isThrownBy(() -> sealing.seal(0, 1, some, 0, -1, large, 0));
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                    .isThrownBy(() -> sealing.seal(0, 2, some, 0, 33, large, 0));
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                    .isThrownBy(() -> sealing.seal(0, 2, large, 0, 17, some, 0));
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                    .isThrownBy(() -> sealing.seal(0, -1, some, 0, 1, large, 0));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> sealing.seal(0, 1, MemorySegment.ofArray(new byte[64]), 0, 64, large, 0));
            sealing.close();
            assertThatIllegalStateException().isThrownBy(() -> sealing.seal(0, 1, some, 0, 1, large, 0));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> {
            try (var _ = new NumberedGcm(gcm, true, some, offHeap(nonce))) {
                assertThat(some).isNull();
            }
        });
    }

    /// RFC 5869 section 2.3, because the JDK's own wants keys as long as the hash.
    private byte[] expanded(byte[] info, int size) throws Exception {
        var mac = Mac.getInstance("HmacSHA512");
        mac.init(new SecretKeySpec(key, "HmacSHA512"));
        var out = new byte[0];
        var block = new byte[0];
        for (int number = 1; out.length < size; number++) {
            mac.update(block);
            mac.update(info);
            block = mac.doFinal(new byte[] {(byte) number});
            out = Arrays.copyOf(out, out.length + block.length);
            System.arraycopy(block, 0, out, out.length - block.length, block.length);
        }
        return Arrays.copyOf(out, size);
    }

    @Test
    void severalKeys_areThoseOfTheJdk() throws Exception {
        var hkdf = new WideHkdf(libcrypto);
        for (int size : new int[] {1, 32, 64, 65, 76, 128, 129, WideHkdf.MOST}) {
            for (int length : new int[] {0, 1, 100, WideHkdf.MAX_INFO}) {
                var info = bytes(length);
                try (var derived = hkdf.expand(offHeap(key), info, size)) {
                    var all = derived.bytes().toArray(JAVA_BYTE);
                    assertThat(all).startsWith(expanded(info, size));
                    assertThat(Arrays.copyOfRange(all, size, all.length)).containsOnly(0);
                }
            }
        }
        assertThatIllegalArgumentException().isThrownBy(() -> expand(hkdf, WideHkdf.MAX_INFO + 1, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> expand(hkdf, 1, WideHkdf.MOST + 1));
    }

    private void expand(WideHkdf hkdf, int info, int size) throws Exception {
        try (var derived = hkdf.expand(offHeap(key), new byte[info], size)) {
            assertThat(derived).isNull();
        }
    }

    @Test
    void randomBytes_differ() throws Exception {
        var random = new Randomness(libcrypto);
        try (var one = SecretMemory.allocate(32);
                var other = SecretMemory.allocate(32)) {
            random.fill(one.bytes());
            random.fill(other.bytes());
            assertThat(one.bytes().mismatch(other.bytes())).isNotNegative();
        }
    }
}
