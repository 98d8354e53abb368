package dev.mvm.sealer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.fd.Fd;
import dev.mvm.model.KeyName;
import dev.mvm.protocol.sealer.Job;
import dev.mvm.protocol.sealer.SealRequest;
import dev.mvm.sealer.paging.memory.Pipe;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A tenant's key is replaced while a snapshot waits: a second manifest, and the same streams.
final class RewrapTest {
    private static final byte[] OLD = Played.keys(1);
    private static final byte[] FRESH = Played.keys(2);
    private static final byte[] PLAIN = Played.random(100_000, 1);

    private static SealedBytes good;

    @BeforeAll
    static void seal() throws Exception {
        good = Played.sealed(Played.request(Job.SEAL), OLD, PLAIN);
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Rewrapped(String answer, byte[] manifest) {}

    private static Rewrapped rewrap(SealRequest request, byte[] keys, byte[] manifest) throws Exception {
        return rewrap(request.encode(new KeyName("snap"), 2), keys, manifest, new byte[0]);
    }

    private static Rewrapped rewrap(byte[] packet, byte[] keys, byte[] manifest, byte[] there) throws Exception {
        try (var exchange = new Exchange();
                var given = Played.secret(keys);
                var old = Played.file(manifest);
                var fresh = Played.file(there)) {
            exchange.say(packet, List.of(given, old, fresh));
            var answer = exchange.hears();
            exchange.ends();
            return new Rewrapped(answer, content(fresh));
        }
    }

    private static byte[] content(Fd file) throws Exception {
        return new SealedFile("manifest", file).read(8193);
    }

    private static byte[] both(byte[] first, byte[] second) {
        var keys = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, keys, first.length, second.length);
        return keys;
    }

    @Test
    void snapshot_opensUnderTheNewKey_andUntilThenUnderTheOld() throws Exception {
        var rewrapped = rewrap(Played.request(Job.REWRAP), both(OLD, FRESH), good.manifest());
        assertThat(rewrapped.answer())
                .isEqualTo("sealed memory_bytes=0 vmstate_bytes=0 plain_bytes=0 manifest_bytes="
                        + rewrapped.manifest().length);
        var later = new SealedBytes(rewrapped.manifest(), good.memory(), good.vmstate());
        var second = Played.request(Job.OPEN, "demo/web", 1, 7, Played.MACHINE, "snap", 2);
        assertThat(Played.open(second, FRESH, later).received()).isEqualTo(PLAIN);
        assertThat(Played.open(Played.request(Job.OPEN), OLD, good).received()).isEqualTo(PLAIN);
        assertThat(Played.open(second, OLD, later).last()).isEqualTo("refused code=not_opened");
        assertThat(Played.open(Played.request(Job.OPEN), OLD, later).last()).isEqualTo("refused code=wrong_key");
    }

    @Test
    @Tag("claim-S1")
    void whatDoesNotOpen_isNotWrappedAnew() throws Exception {
        var request = Played.request(Job.REWRAP);
        assertRefused("not_opened", rewrap(request, both(FRESH, OLD), good.manifest()));
        assertRefused("key_short", rewrap(request, OLD, good.manifest()));
        assertRefused("key_long", rewrap(request, both(both(OLD, FRESH), OLD), good.manifest()));
        assertRefused("malformed", rewrap(request, both(OLD, FRESH), new byte[10]));
        var anothers = Played.request(Job.REWRAP, "rival/web", 1, 7, Played.MACHINE, "snap", 1);
        assertRefused("wrong_tenant", rewrap(anothers, both(OLD, FRESH), good.manifest()));
        var earlier = Played.request(Job.REWRAP, "demo/web", 1, 6, Played.MACHINE, "snap", 1);
        assertRefused("wrong_epoch", rewrap(earlier, both(OLD, FRESH), good.manifest()));
        var altered = good.manifest().clone();
        altered[altered.length / 2] ^= 1;
        assertThat(rewrap(request, both(OLD, FRESH), altered).answer()).startsWith("refused code=");
    }

    @Test
    void requestWithoutAKeyToCome_isMalformed() throws Exception {
        var packet = Played.request(Job.REWRAP).encode();
        assertRefused("malformed_request", rewrap(packet, both(OLD, FRESH), good.manifest(), new byte[0]));
    }

    @Test
    void manifestThatIsThereAlready_isNotWrittenOver() throws Exception {
        var packet = Played.request(Job.REWRAP).encode(new KeyName("snap"), 2);
        var there = new byte[] {1, 2, 3};
        var rewrapped = rewrap(packet, both(OLD, FRESH), good.manifest(), there);
        assertThat(rewrapped.answer()).isEqualTo("refused code=bad_descriptor");
        assertThat(rewrapped.manifest()).isEqualTo(there);
    }

    @Test
    void descriptorsOfOtherKinds_areRefused() throws Exception {
        var packet = Played.request(Job.REWRAP).encode(new KeyName("snap"), 2);
        try (var key = Played.secret(both(OLD, FRESH));
                var pipe = Pipe.create();
                var manifest = Played.file(good.manifest());
                var fresh = Played.file(new byte[0])) {
            for (var given : List.of(
                    List.of(key, manifest),
                    List.of(key, manifest, fresh, fresh),
                    List.of(manifest, manifest, fresh),
                    List.of(key, pipe.reading(), fresh),
                    List.of(key, manifest, key))) {
                try (var exchange = new Exchange()) {
                    exchange.say(packet, given);
                    assertThat(exchange.hears()).isEqualTo("refused code=bad_descriptor");
                    exchange.ends();
                }
            }
        }
    }

    private static void assertRefused(String code, Rewrapped rewrapped) {
        assertThat(rewrapped.answer()).isEqualTo("refused code=" + code);
        assertThat(rewrapped.manifest()).isEmpty();
    }
}
