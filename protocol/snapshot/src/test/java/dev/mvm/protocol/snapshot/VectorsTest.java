package dev.mvm.protocol.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;
import dev.mvm.linux.libcrypto.Libcrypto;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;

/// Every vector of the specification's own test file, by each way to open a stream.
final class VectorsTest {
    private final Cobblestone cobblestone = new Cobblestone(new Libcrypto());

    VectorsTest() throws Exception {}

    /// @param length of what can be opened from the start, -1 if nothing is said of it
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Vector(
            String name,
            List<String> flags,
            boolean valid,
            byte[] key,
            byte[] context,
            byte[] sealed,
            long length,
            String sha512) {}

    private interface Way {
        byte[] open(Vector vector) throws Exception;
    }

    private static List<Vector> vectors() throws Exception {
        try (var in = VectorsTest.class.getResourceAsStream("c2sp_chunked_encryption_aes_256_gcm_test.json")) {
            var fields = Json.parseObject(in.readAllBytes(), JsonLimits.foreign(1 << 20))
                    .fields();
            var out = new ArrayList<Vector>();
            var groups = fields.objects("testGroups", 10, group -> {
                var tests = group.objects("tests", 100, VectorsTest::vector);
                var _ = group.rest();
                return tests;
            });
            groups.forEach(out::addAll);
            assertThat(out).hasSize(fields.intBetween("numberOfTests", 35, 35));
            return out;
        }
    }

    private static Vector vector(JsonFields fields) throws JsonException {
        var name = fields.integer("tcId", 1, 1000) + " " + fields.string("comment");
        var flags = fields.strings("flags", 10, flag -> flag);
        var hex = HexFormat.of();
        boolean said = fields.optional("msgLength").isPresent();
        var vector = new Vector(
                name,
                flags,
                fields.string("result").equals("valid"),
                fields.parsed("key", hex::parseHex),
                fields.parsed("ctx", hex::parseHex),
                fields.parsed("ct", text -> inflated(hex.parseHex(text))),
                said ? 0 : -1,
                said ? fields.string("msgSha512") : "");
        var _ = fields.rest();
        return vector;
    }

    private static byte[] inflated(byte[] deflated) {
        var inflater = new Inflater();
        try {
            inflater.setInput(deflated);
            var out = new byte[8 << 20];
            return Arrays.copyOf(out, inflater.inflate(out));
        } catch (java.util.zip.DataFormatException e) {
            throw new IllegalArgumentException(e);
        } finally {
            inflater.end();
        }
    }

    private static String sha512(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-512").digest(bytes));
    }

    private byte[] atOnce(Vector vector) throws IOException {
        try (var opener = opener(vector)) {
            var into = Memory.offHeap(new byte[(int) opener.plainSize()]);
            opener.read(0, into);
            return Memory.array(into);
        }
    }

    /// Chunk by chunk, from the last to the first.
    private byte[] anywhere(Vector vector) throws IOException {
        try (var opener = opener(vector)) {
            var into = Memory.offHeap(new byte[(int) opener.plainSize()]);
            for (long at = opener.plainSize() / Cobblestone.CHUNK * Cobblestone.CHUNK;
                    at >= 0;
                    at -= Cobblestone.CHUNK) {
                opener.read(at, into.asSlice(at, Math.min(Cobblestone.CHUNK, into.byteSize() - at)));
            }
            return Memory.array(into);
        }
    }

    @MustBeClosed
    private ChunkOpener opener(Vector vector) throws IOException {
        return new ChunkOpener(cobblestone, Memory.offHeap(vector.key), vector.context, new Memory.File(vector.sealed));
    }

    private byte[] streamed(Vector vector, int step, Memory.Written into) throws IOException {
        try (var opener = new StreamOpener(cobblestone, Memory.offHeap(vector.key), vector.context, into)) {
            var sealed = Memory.offHeap(vector.sealed);
            for (int at = 0; at < vector.sealed.length; at += step) {
                opener.write(sealed, at, Math.min(step, vector.sealed.length - at));
            }
            opener.finish();
            return into.bytes();
        }
    }

    private static void isJudged(Vector vector, Way way) throws Exception {
        try {
            var plain = way.open(vector);
            assertThat(vector.valid).as(vector.name).isTrue();
            assertThat(sha512(plain)).as(vector.name).isEqualTo(vector.sha512);
        } catch (SnapshotException e) {
            assertThat(vector.valid).as(vector.name + ": " + e.getMessage()).isFalse();
            if (vector.flags.contains("WrongKey") || vector.flags.contains("WrongContext")) {
                assertThat(e.reason()).isEqualTo(SnapshotReason.COMMITMENT);
            }
        } catch (IllegalArgumentException e) {
            assertThat(vector.flags).as(vector.name).contains("InvalidKeySize");
        }
    }

    @Test
    void everyVector_isJudgedByEachWayToOpen() throws Exception {
        for (var vector : vectors()) {
            isJudged(vector, this::atOnce);
            isJudged(vector, this::anywhere);
            for (int step : new int[] {7, 4096, 16400, 1 << 30}) {
                isJudged(vector, one -> streamed(one, step, new Memory.Written()));
            }
        }
    }

    /// Before a fault a stream returns exactly the longest part that is right.
    @Test
    void invalidStream_givesOutWhatIsAuthenticAlone() throws Exception {
        for (var vector : vectors()) {
            if (vector.flags.contains("PartialPlaintext")) {
                var given = new Memory.Written();
                isJudged(vector, one -> streamed(one, 1000, given));
                assertThat(sha512(given.bytes())).as(vector.name).isEqualTo(vector.sha512);
            }
        }
    }

    /// With the vector's own salt, sealing gives the vector's bytes.
    @Test
    void validVectors_areWhatIsSealed() throws Exception {
        for (var vector : vectors()) {
            if (vector.valid) {
                var plain = Memory.offHeap(atOnce(vector));
                for (int step : new int[] {4096, 10_000, 1 << 30}) {
                    assertThat(sealed(vector, plain, step)).as(vector.name).isEqualTo(vector.sealed);
                }
                assertThat(Cobblestone.sealedSize(plain.byteSize())).isEqualTo(vector.sealed.length);
            }
        }
    }

    private byte[] sealed(Vector vector, MemorySegment plain, int step) throws IOException {
        var out = new Memory.Written();
        var salt = Memory.offHeap(Arrays.copyOf(vector.sealed, 24));
        var key = cobblestone.derive(true, Memory.offHeap(vector.key), salt, vector.context);
        try (var sealer = new StreamSealer(key, out)) {
            for (long at = 0; at < plain.byteSize(); at += step) {
                sealer.write(plain, at, Math.min(step, plain.byteSize() - at));
            }
            sealer.finish();
        }
        return out.bytes();
    }
}
