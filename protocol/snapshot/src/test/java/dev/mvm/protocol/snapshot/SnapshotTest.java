package dev.mvm.protocol.snapshot;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A manifest binds place, machine, streams and key.
final class SnapshotTest {
    private static final byte[] STATE = StreamsTest.random(40_000, 1);
    private static final int PAGES = 16;

    private final Cobblestone cobblestone = new Cobblestone(new Libcrypto());
    private final SecretMemory first = SecretMemory.allocate(InstanceKeys.SIZE);
    private final SecretMemory second = SecretMemory.allocate(InstanceKeys.SIZE);
    private final InstanceKeys kek = Made.keys(first, "snap", 3);
    private final byte[] guest = StreamsTest.random(PAGES * Made.PAGE, 2);

    SnapshotTest() throws Exception {}

    @AfterEach
    void close() {
        first.close();
        second.close();
    }

    private Made make(SnapshotId place, Machine machine) throws IOException {
        return Made.make(
                cobblestone,
                place,
                machine,
                Optional.empty(),
                kek,
                Made.NO_SET,
                writer -> writer.whole(Memory.offHeap(guest)),
                STATE);
    }

    private Made make() throws IOException {
        return make(Made.PLACE, Made.machine(guest.length));
    }

    private void opens(Made made, SnapshotId place, InstanceKeys key) throws IOException {
        try (var snapshot = Snapshot.open(cobblestone, made.manifest(), place, key);
                var vmstate = snapshot.vmstate(new Memory.File(made.vmstate()));
                var memory = snapshot.memory(new Memory.File(made.memory()), Optional.empty())) {
            var state = Memory.offHeap(new byte[(int) vmstate.plainSize()]);
            vmstate.read(0, state);
            assertThat(Memory.array(state)).isEqualTo(STATE);
            assertThat(Made.pages(memory, PAGES)).isEqualTo(guest);
        }
    }

    private void refused(SnapshotReason reason, Made made, SnapshotId place, InstanceKeys key) {
        Memory.refused(reason, () -> opens(made, place, key));
    }

    @Test
    void whatWasSealed_opensWithItsFacts() throws Exception {
        var made = make();
        opens(made, Made.PLACE, kek);
        try (var snapshot = Snapshot.open(cobblestone, made.manifest(), Made.PLACE, kek)) {
            var manifest = snapshot.manifest();
            assertThat(manifest.machine()).isEqualTo(Made.machine(guest.length));
            assertThat(manifest.place()).isEqualTo(Made.PLACE);
            assertThat(manifest.pages()).isEqualTo(PAGES);
            assertThat(manifest.memory().sealedSize()).isEqualTo(made.memory().length);
            assertThat(manifest.vmstate().sealedSize()).isEqualTo(made.vmstate().length);
        }
    }

    @Test
    void anotherPlace_isRefusedForItsReason() throws Exception {
        var made = make();
        refused(SnapshotReason.WRONG_TENANT, made, Made.place("demo2", "web", 1, 7), kek);
        refused(SnapshotReason.WRONG_POOL, made, Made.place("demo", "web2", 1, 7), kek);
        refused(SnapshotReason.WRONG_INSTANCE, made, Made.place("demo", "web", 2, 7), kek);
        refused(SnapshotReason.WRONG_EPOCH, made, Made.place("demo", "web", 1, 6), kek);
        refused(SnapshotReason.WRONG_EPOCH, made, Made.place("demo", "web", 1, 8), kek);
    }

    /// A manifest that says what one wants to hear does not open.
    @Test
    void manifestThatIsRewritten_doesNotOpen() throws Exception {
        var made = make();
        var text = new String(made.manifest(), US_ASCII);
        for (var change : new String[][] {
            {"\"tenant\":\"demo\"", "\"tenant\":\"evil\""},
            {"\"epoch\":7", "\"epoch\":8"},
            {"i-00000001", "i-00000002"},
            {"1.16.1", "1.16.2"},
            {"0x1", "0x2"},
            {"\"vcpus\":2", "\"vcpus\":3"},
            {"\"pages\":16", "\"pages\":15"},
            {"\"base\":\"none\"", "\"base\":\"sha256:" + "0".repeat(64) + "\""},
            {"{\"schema\"", "{ \"schema\""},
        }) {
            var other = text.replace(change[0], change[1]);
            assertThat(other).isNotEqualTo(text);
            var place = ManifestFile.parse(other.getBytes(US_ASCII)).manifest().place();
            refused(SnapshotReason.NOT_OPENED, made.withManifest(other.getBytes(US_ASCII)), place, kek);
        }
    }

    @Test
    void everyByteOfTheManifest_counts() throws Exception {
        var made = make();
        for (int at = 0; at < made.manifest().length; at++) {
            var altered = made.withManifest(Made.flipped(made.manifest(), at));
            Memory.refusedForAnything(() -> opens(altered, Made.PLACE, kek));
        }
        for (int size = 0; size < made.manifest().length; size++) {
            refused(SnapshotReason.MALFORMED, made.withManifest(Arrays.copyOf(made.manifest(), size)), Made.PLACE, kek);
        }
        refused(SnapshotReason.TOO_LARGE, made.withManifest(new byte[Manifest.MAX_BYTES + 1]), Made.PLACE, kek);
    }

    @Test
    void anotherKey_doesNotOpen() throws Exception {
        var made = make();
        refused(SnapshotReason.WRONG_KEY, made, Made.PLACE, Made.keys(second, "snap", 2));
        refused(SnapshotReason.WRONG_KEY, made, Made.PLACE, Made.keys(second, "other", 3));
        refused(SnapshotReason.NOT_OPENED, made, Made.PLACE, new InstanceKeys(kek.id(), 3, second));
    }

    @Test
    void rewrapped_opensUnderTheNewKeyAlone() throws Exception {
        var made = make();
        var next = Made.keys(second, "snap", 4);
        try (var snapshot = Snapshot.open(cobblestone, made.manifest(), Made.PLACE, kek)) {
            var again = made.withManifest(snapshot.rewrap(next));
            opens(again, Made.PLACE, next);
            refused(SnapshotReason.WRONG_KEY, again, Made.PLACE, kek);
        }
    }

    @Test
    void streamsOfOthers_doNotOpenHere() throws Exception {
        var made = make();
        var twin = make();
        var later = make(Made.place("demo", "web", 1, 8), Made.machine(guest.length));
        for (var other : new Made[] {twin, later}) {
            refused(
                    SnapshotReason.COMMITMENT,
                    new Made(made.manifest(), other.memory(), made.vmstate()),
                    Made.PLACE,
                    kek);
            refused(
                    SnapshotReason.COMMITMENT,
                    new Made(made.manifest(), made.memory(), other.vmstate()),
                    Made.PLACE,
                    kek);
        }
        refused(SnapshotReason.NOT_OPENED, made.withManifest(splice(made, twin)), Made.PLACE, kek);
        refused(SnapshotReason.TRUNCATED, new Made(made.manifest(), made.vmstate(), made.memory()), Made.PLACE, kek);
        var cut = Arrays.copyOf(made.memory(), made.memory().length - Cobblestone.SEALED_CHUNK);
        refused(SnapshotReason.TRUNCATED, new Made(made.manifest(), cut, made.vmstate()), Made.PLACE, kek);
    }

    /// The facts of one, the wrapped key of another.
    private static byte[] splice(Made facts, Made key) {
        var out = facts.manifest().clone();
        System.arraycopy(key.manifest(), key.manifest().length - 81, out, out.length - 81, 81);
        return out;
    }

    /// Memory in place of state, of the same length, sealed under the same key.
    @Test
    void oneParts_doesNotOpenAsTheOther() throws Exception {
        var state = new Memory.Written();
        var memory = new Memory.Written();
        try (var sealer = new SnapshotSealer(cobblestone, Made.PLACE, Made.machine(4096), Optional.empty());
                var vmstate = sealer.vmstate(state);
                var other = sealer.vmstate(new Memory.Written());
                var writer = sealer.memory(memory, Made.NO_SET)) {
            writer.finish();
            vmstate.write(Memory.offHeap(new byte[16]), 0, 16);
            vmstate.finish();
            other.write(Memory.offHeap(new byte[16]), 0, 16);
            other.finish();
            var swapped = new Made(sealer.manifest(writer, vmstate, kek), state.bytes(), memory.bytes());
            refused(SnapshotReason.COMMITMENT, swapped, Made.PLACE, kek);
            // of the same key and context, and not the one that the manifest names
            var wrong = new Made(sealer.manifest(writer, other, kek), memory.bytes(), state.bytes());
            refused(SnapshotReason.WRONG_STREAM, wrong, Made.PLACE, kek);
        }
    }

    /// Whatever is in a manifest: a reason, or facts; and no key.
    @FuzzTest(maxDuration = "10s")
    void anyManifest_isRefused(byte[] bytes) throws Exception {
        Memory.refusedForAnything(() -> {
            try (var snapshot = Snapshot.open(cobblestone, bytes, Made.PLACE, kek)) {
                throw new AssertionError(snapshot.manifest().toString());
            }
        });
    }

    /// The same around a manifest that is right.
    @FuzzTest(maxDuration = "10s")
    void anyFacts_areReadOrRefused(byte[] bytes) throws Exception {
        var text = new String(make().manifest(), US_ASCII);
        var tail = text.substring(text.length() - 82);
        var changed = (new String(bytes, US_ASCII) + tail).getBytes(US_ASCII);
        try {
            assertThat(ManifestFile.parse(changed).bytes()).isEqualTo(changed);
        } catch (SnapshotException e) {
            assertThat(e.reason()).isIn(SnapshotReason.MALFORMED, SnapshotReason.TOO_LARGE);
        }
    }
}
