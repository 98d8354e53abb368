package dev.mvm.protocol.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.property.Property;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Sealing and opening streams of every length, and everything that somebody with a disk can do to them.
final class StreamsTest {
    private static final byte[] CONTEXT = {1, 2, 3};
    private static final int CHUNK = Cobblestone.CHUNK;

    private final Cobblestone cobblestone = new Cobblestone(new Libcrypto());
    private final MemorySegment key = Memory.offHeap(random(32, 1));

    StreamsTest() throws Exception {}

    static byte[] random(int size, long seed) {
        var out = new byte[size];
        new Random(seed).nextBytes(out);
        return out;
    }

    private byte[] seal(byte[] plain, byte[] context) throws IOException {
        var out = new Memory.Written();
        try (var sealer = new StreamSealer(cobblestone, key, context, out)) {
            sealer.write(Memory.offHeap(plain), 0, plain.length);
            sealer.finish();
            assertThat(sealer.facts().sealedSize()).isEqualTo(out.bytes().length);
        }
        return out.bytes();
    }

    private byte[] open(byte[] sealed) throws IOException {
        try (var opener = new ChunkOpener(cobblestone, key, CONTEXT, new Memory.File(sealed))) {
            var into = Memory.offHeap(new byte[(int) opener.plainSize()]);
            opener.read(0, into);
            return Memory.array(into);
        }
    }

    private byte[] stream(byte[] sealed) throws IOException {
        var out = new Memory.Written();
        try (var opener = new StreamOpener(cobblestone, key, CONTEXT, out)) {
            opener.write(Memory.offHeap(sealed), 0, sealed.length);
            opener.finish();
        }
        return out.bytes();
    }

    private static Optional<SnapshotReason> refusal(Opening opening, byte[] sealed) {
        try {
            var _ = opening.open(sealed);
            return Optional.empty();
        } catch (SnapshotException e) {
            return Optional.of(e.reason());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private interface Opening {
        byte[] open(byte[] sealed) throws IOException;
    }

    @Test
    void anyLength_comesBackInAnyPieces() {
        Property.holds(60, draw -> {
            int size = draw.one(0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 17 * CHUNK, 40 * CHUNK + 5)
                    + draw.one(0, 0, 1, 4096);
            var plain = random(size, draw.between(0, 1000));
            var sealed = seal(plain, CONTEXT);
            assertThat(open(sealed)).isEqualTo(plain);
            assertThat(stream(sealed)).isEqualTo(plain);
            try (var opener = new ChunkOpener(cobblestone, key, CONTEXT, new Memory.File(sealed))) {
                for (var _ : draw.list(1, 8, () -> 0)) {
                    int at = draw.intBetween(0, size);
                    int some = draw.intBetween(0, size - at);
                    var into = Memory.offHeap(new byte[some]);
                    opener.read(at, into);
                    assertThat(Memory.array(into)).isEqualTo(Arrays.copyOfRange(plain, at, at + some));
                }
            }
        });
    }

    /// A stream of 130 GiB that nobody has: every chunk is made when it is asked for.
    @Test
    void chunksBeyond64GiB_openAlone() throws Exception {
        long plainSize = 130L << 30;
        var salt = Memory.offHeap(random(24, 2));
        try (var sealing = cobblestone.derive(true, key, salt, CONTEXT)) {
            var source = new ChunkOpener.Source() {
                private int reads;

                @Override
                public long size() {
                    return Cobblestone.sealedSize(plainSize);
                }

                @Override
                public void read(long offset, MemorySegment into) throws IOException {
                    if (offset == 0) {
                        into.copyFrom(MemorySegment.ofArray(sealing.header().array()));
                        return;
                    }
                    reads++;
                    long chunk = (offset - Cobblestone.HEADER) / Cobblestone.SEALED_CHUNK;
                    int size = (int) into.byteSize() - Cobblestone.TAG;
                    var plain = Memory.offHeap(new byte[CHUNK]);
                    plain.set(ValueLayout.JAVA_LONG, 0, chunk);
                    sealing.cipher().seal(chunk, 1, plain, 0, size, into, 0);
                }
            };
            try (var opener = new ChunkOpener(cobblestone, key, CONTEXT, source)) {
                assertThat(opener.plainSize()).isEqualTo(plainSize);
                var into = Memory.offHeap(new byte[8]);
                for (long chunk : new long[] {(1L << 22) - 1, 1L << 22, (1L << 22) + 1, (130L << 16) - 1}) {
                    opener.read(chunk * CHUNK, into);
                    assertThat(into.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(chunk);
                }
                assertThat(source.reads).isEqualTo(5);
            }
        }
    }

    @Test
    void everyByteThatIsAltered_isNoticed() throws Exception {
        var plain = random(2 * CHUNK + 100, 3);
        var sealed = seal(plain, CONTEXT);
        int[] places = {
            0,
            23,
            24,
            55, // salt, commitment
            56,
            56 + 5000,
            56 + CHUNK - 1,
            56 + CHUNK,
            56 + CHUNK + 15, // chunk, tag
            56 + CHUNK + 16,
            56 + 2 * (CHUNK + 16) - 1, // the second
            56 + 2 * (CHUNK + 16),
            sealed.length - 17,
            sealed.length - 16,
            sealed.length - 1
        };
        for (int at : places) {
            var altered = sealed.clone();
            altered[at] ^= (byte) (1 << at % 8);
            var reason = Optional.of(at < 56 ? SnapshotReason.COMMITMENT : SnapshotReason.ALTERED);
            assertThat(refusal(this::open, altered)).as("byte %d", at).isEqualTo(reason);
            assertThat(refusal(this::stream, altered)).as("byte %d", at).isEqualTo(reason);
        }
    }

    @Test
    void whatIsCutOffAddedOrMoved_isNoticed() throws Exception {
        int whole = Cobblestone.SEALED_CHUNK;
        var sealed = seal(random(2 * CHUNK + 100, 4), CONTEXT);
        for (int size :
                new int[] {0, 24, 55, 56, 57, 71, 72, 56 + whole - 1, 56 + whole, 56 + 2 * whole, sealed.length - 1}) {
            assertThat(refusal(this::open, Arrays.copyOf(sealed, size)))
                    .as("%d bytes", size)
                    .isPresent();
            assertThat(refusal(this::stream, Arrays.copyOf(sealed, size)))
                    .as("%d bytes", size)
                    .isPresent();
        }
        for (int size : new int[] {1, 16, whole, 3 * whole}) {
            var longer = Arrays.copyOf(sealed, sealed.length + size);
            assertThat(refusal(this::open, longer)).as("%d more", size).isPresent();
            assertThat(refusal(this::stream, longer)).as("%d more", size).isPresent();
        }
        var moved = sealed.clone();
        System.arraycopy(sealed, 56, moved, 56 + whole, whole);
        System.arraycopy(sealed, 56 + whole, moved, 56, whole);
        assertThat(refusal(this::open, moved)).contains(SnapshotReason.ALTERED);
        var other = seal(random(2 * CHUNK + 100, 4), CONTEXT);
        System.arraycopy(other, 56 + whole, sealed, 56 + whole, whole);
        assertThat(refusal(this::open, sealed)).contains(SnapshotReason.ALTERED);
        assertThat(refusal(this::open, seal(new byte[5], new byte[] {1, 2}))).contains(SnapshotReason.COMMITMENT);
    }

    /// A large read that fails in its middle leaves nothing of its beginning.
    @Test
    void failedRead_leavesZeros() throws Exception {
        var sealed = seal(random(20 * CHUNK, 5), CONTEXT);
        sealed[56 + 10 * Cobblestone.SEALED_CHUNK + 3] ^= 4;
        try (var opener = new ChunkOpener(cobblestone, key, CONTEXT, new Memory.File(sealed))) {
            var into = Memory.offHeap(random(20 * CHUNK, 6));
            Memory.refused(SnapshotReason.ALTERED, () -> opener.read(0, into));
            assertThat(Memory.array(into)).containsOnly(0);
            var small = Memory.offHeap(random(100, 6));
            Memory.refused(SnapshotReason.ALTERED, () -> opener.read(10 * CHUNK + 50, small));
            assertThat(Memory.array(small)).containsOnly(0);
            opener.read(11 * CHUNK, small);
            Memory.refused(SnapshotReason.ALTERED, () -> opener.read(10 * CHUNK, small));
        }
    }

    @Test
    void sealedTwice_isNotTheSame() throws Exception {
        assertThat(seal(new byte[10], CONTEXT)).isNotEqualTo(seal(new byte[10], CONTEXT));
    }

    @Test
    @SuppressWarnings("try") // closed twice on purpose
    void whatHasEnded_takesNothing() throws Exception {
        var some = Memory.offHeap(new byte[8]);
        try (var sealer = new StreamSealer(cobblestone, key, CONTEXT, _ -> {})) {
            assertThatIllegalStateException().isThrownBy(sealer::facts);
            sealer.finish();
            sealer.finish();
            assertThatIllegalStateException().isThrownBy(() -> sealer.write(some, 0, 8));
            sealer.close();
        }
        try (var opener = new StreamOpener(cobblestone, key, CONTEXT, _ -> {})) {
            var sealed = Memory.offHeap(seal(new byte[10], CONTEXT));
            opener.write(sealed, 0, sealed.byteSize());
            opener.finish();
            assertThatIllegalStateException().isThrownBy(opener::finish);
            assertThatIllegalStateException().isThrownBy(() -> opener.write(some, 0, 8));
            opener.close();
        }
        var sealed = new Memory.File(seal(new byte[10], CONTEXT));
        try (var chunks = new ChunkOpener(cobblestone, key, CONTEXT, sealed)) {
            chunks.close();
            assertThatIllegalStateException().isThrownBy(() -> chunks.read(0, some));
        }
    }

    @Test
    void streamThatDoesNotOpen_staysShut() throws Exception {
        var sealed = seal(random(2 * CHUNK, 7), CONTEXT);
        sealed[100] ^= 1;
        try (var opener = new StreamOpener(cobblestone, key, CONTEXT, _ -> {})) {
            var bytes = Memory.offHeap(sealed);
            Memory.refused(SnapshotReason.ALTERED, () -> opener.write(bytes, 0, bytes.byteSize()));
            assertThatIllegalStateException().isThrownBy(() -> opener.write(bytes, 0, 1));
            assertThatIllegalStateException().isThrownBy(opener::finish);
        }
    }

    @Test
    void sizesThatAreNone_areRefused() {
        for (long size : new long[] {-1, Long.MIN_VALUE, 0, 71, 56 + Cobblestone.SEALED_CHUNK + 15}) {
            Memory.refused(SnapshotReason.TRUNCATED, () -> Cobblestone.plainSize(size));
        }
        Memory.refused(
                SnapshotReason.TOO_LARGE, () -> Cobblestone.plainSize(56 + (1L << 38) * Cobblestone.SEALED_CHUNK + 16));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cobblestone.derive(true, Memory.offHeap(new byte[31]), key, CONTEXT));
    }

    /// Neither way opens anything that was not sealed, with a header that is right or without.
    @FuzzTest(maxDuration = "10s")
    void anyBytes_doNotOpen(byte[] bytes) throws IOException {
        var begun = Arrays.copyOf(seal(new byte[0], CONTEXT), Cobblestone.HEADER + bytes.length);
        System.arraycopy(bytes, 0, begun, Cobblestone.HEADER, bytes.length);
        for (var file : new byte[][] {bytes, begun}) {
            assertThat(refusal(this::open, file)).isPresent();
            assertThat(refusal(this::stream, file)).isPresent();
        }
    }
}
