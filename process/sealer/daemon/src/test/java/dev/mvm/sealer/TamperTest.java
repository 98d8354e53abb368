package dev.mvm.sealer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.protocol.sealer.Job;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Files that are not what was sealed. Whatever is changed, the VMM gets nothing that was not sealed at that place.
final class TamperTest {
    private static final byte[] KEY = Played.keys(1);
    private static final int HEADER = 56;
    private static final int CHUNK = 16 << 10;
    private static final int SEALED_CHUNK = CHUNK + 16;
    private static final int BUFFER = 64 * CHUNK; // what goes out at once
    private static final byte[] PLAIN = Played.random(2 * BUFFER + 5 * CHUNK + 1000, 11);

    private static SealedBytes good;
    private static SealedBytes other; // the same guest's, sealed a second time
    private static SealedBytes earlier; // its epoch before

    @BeforeAll
    static void seal() throws Exception {
        good = Played.sealed(Played.request(Job.SEAL), KEY, PLAIN);
        other = Played.sealed(Played.request(Job.SEAL), KEY, PLAIN);
        earlier = Played.sealed(Played.request(Job.SEAL, "demo/web", 1, 6, Played.MACHINE, "snap", 1), KEY, PLAIN);
    }

    private static byte[] flipped(byte[] bytes, int at) {
        var out = bytes.clone();
        out[at] ^= (byte) (1 << at % 8);
        return out;
    }

    /// Nothing went out, not even the word that it could.
    private static void assertRefused(SealedBytes files, String... codes) throws Exception {
        var opening = Played.open(Played.request(Job.OPEN), KEY, files);
        assertThat(opening.answers()).hasSize(1);
        assertThat(opening.last()).startsWith("refused code=");
        assertThat(codes).contains(opening.last().substring("refused code=".length()));
        assertThat(opening.received()).isEmpty();
    }

    /// The VMM got the sealed bytes, up to the chunk before the changed one.
    private static void assertStopsAt(SealedBytes files, int chunk) throws Exception {
        var opening = Played.open(Played.request(Job.OPEN), KEY, files);
        assertThat(opening.answers()).containsExactly("authentic", "refused code=altered");
        assertThat(opening.received().length).isLessThanOrEqualTo(chunk * CHUNK);
        assertThat(opening.received()).isEqualTo(Arrays.copyOf(PLAIN, opening.received().length));
    }

    private static int at(int chunk) {
        return HEADER + chunk * SEALED_CHUNK;
    }

    @Test
    @Tag("claim-S1")
    void eachByteOfAHeader_isAuthenticated() throws Exception {
        for (int at = 0; at < HEADER; at++) {
            assertRefused(good.withVmstate(flipped(good.vmstate(), at)), "commitment");
            assertRefused(good.withMemory(flipped(good.memory(), at)), "commitment");
        }
    }

    @Test
    @Tag("claim-S1")
    void aChunkInTheMiddle_isAuthenticated() throws Exception {
        for (int chunk : new int[] {0, 1, 63, 64, 65, 128, 132}) {
            for (int within : new int[] {0, 1, CHUNK - 1, CHUNK, CHUNK + 15}) {
                assertStopsAt(good.withVmstate(flipped(good.vmstate(), at(chunk) + within)), chunk);
            }
        }
    }

    @Test
    @Tag("claim-S1")
    void theLastChunk_isAuthenticatedFirst() throws Exception {
        int last = at(PLAIN.length / CHUNK);
        for (int at : new int[] {last, last + 999, last + 1000, good.vmstate().length - 1}) {
            assertRefused(good.withVmstate(flipped(good.vmstate(), at)), "altered");
        }
        for (int at = HEADER; at < good.memory().length; at++) {
            assertRefused(good.withMemory(flipped(good.memory(), at)), "altered");
        }
    }

    @Test
    @Tag("claim-S1")
    void eachByteOfTheManifest_isAuthenticated() throws Exception {
        var any = Set.of(
                "malformed", "wrong_tenant", "wrong_pool", "wrong_instance", "wrong_epoch", "wrong_key", "not_opened");
        for (int at = 0; at < good.manifest().length; at++) {
            assertRefused(good.withManifest(flipped(good.manifest(), at)), any.toArray(String[]::new));
        }
    }

    @Test
    @Tag("claim-S1")
    void otherLengths_areRefused() throws Exception {
        int size = good.vmstate().length;
        for (int length :
                new int[] {0, 1, HEADER - 1, HEADER, HEADER + 16, at(1), at(64), size - 1, size + 1, size + 16}) {
            assertRefused(good.withVmstate(Arrays.copyOf(good.vmstate(), length)), "truncated");
        }
        for (int length = 0; length < good.memory().length; length++) {
            assertRefused(good.withMemory(Arrays.copyOf(good.memory(), length)), "truncated");
        }
        for (int length : new int[] {0, 1, 81, 82, good.manifest().length - 1, good.manifest().length + 1}) {
            assertRefused(good.withManifest(Arrays.copyOf(good.manifest(), length)), "malformed");
        }
        assertRefused(good.withManifest(new byte[8192]), "malformed");
        assertRefused(good.withManifest(new byte[8193]), "too_large");
        assertRefused(good.withManifest(new byte[1 << 20]), "too_large");
    }

    @Test
    @Tag("claim-S1")
    void chunksInAnotherOrder_areRefused() throws Exception {
        for (int[] swap : new int[][] {{0, 1}, {1, 64}, {70, 131}}) {
            var bytes = good.vmstate().clone();
            System.arraycopy(good.vmstate(), at(swap[0]), bytes, at(swap[1]), SEALED_CHUNK);
            System.arraycopy(good.vmstate(), at(swap[1]), bytes, at(swap[0]), SEALED_CHUNK);
            assertStopsAt(good.withVmstate(bytes), swap[0]);
        }
    }

    @Test
    @Tag("claim-S1")
    void chunksOfAnotherSnapshot_areRefused() throws Exception {
        for (int chunk : new int[] {0, 5, 132}) {
            for (var from : new SealedBytes[] {other, earlier}) {
                var bytes = good.vmstate().clone();
                System.arraycopy(from.vmstate(), at(chunk), bytes, at(chunk), SEALED_CHUNK);
                assertStopsAt(good.withVmstate(bytes), chunk);
            }
        }
    }

    @Test
    @Tag("claim-S1")
    void filesOfAnotherSnapshot_areRefused() throws Exception {
        assertRefused(good.withVmstate(other.vmstate()), "commitment");
        assertRefused(good.withMemory(other.memory()), "commitment");
        assertRefused(good.withManifest(other.manifest()), "commitment");
        assertRefused(good.withVmstate(earlier.vmstate()), "commitment");
        assertRefused(good.withManifest(earlier.manifest()), "wrong_epoch");
        assertRefused(earlier, "wrong_epoch");
        assertRefused(good.withMemory(good.vmstate()).withVmstate(good.memory()), "truncated");
    }

    /// Both streams of one length: nothing but their contexts tells them apart.
    @Test
    @Tag("claim-S1")
    void oneStreamInPlaceOfTheOther_isRefused() throws Exception {
        var map = new byte[16]; // as long as the map of no pages
        var files = Played.sealed(Played.request(Job.SEAL), KEY, map);
        assertThat(files.memory()).hasSameSizeAs(files.vmstate());
        assertRefused(files.withMemory(files.vmstate()).withVmstate(files.memory()), "commitment");
        assertRefused(files.withVmstate(files.memory()), "commitment");
    }
}
