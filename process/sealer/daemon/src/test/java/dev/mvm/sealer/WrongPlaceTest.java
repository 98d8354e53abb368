package dev.mvm.sealer;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.protocol.sealer.Job;
import dev.mvm.protocol.sealer.MachineFacts;
import dev.mvm.protocol.sealer.SealRequest;
import dev.mvm.protocol.snapshot.Cobblestone;
import dev.mvm.protocol.snapshot.InstanceKeys;
import dev.mvm.protocol.snapshot.SnapshotSealer;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A valid snapshot, opened under the identity of another tenant's or of another one.
final class WrongPlaceTest {
    private static final byte[] KEY = Played.keys(1);
    private static final MachineFacts M = Played.MACHINE;

    private static SealedBytes good;

    @BeforeAll
    static void seal() throws Exception {
        good = Played.sealed(Played.request(Job.SEAL), KEY, Played.random(100_000, 1));
    }

    private static void assertRefused(SealRequest request, byte[] key, String code) throws Exception {
        var opening = Played.open(request, key, good);
        assertThat(opening.answers()).containsExactly("refused code=" + code);
        assertThat(opening.received()).isEmpty();
    }

    @Test
    @Tag("claim-S1")
    void otherPlaces_areRefused() throws Exception {
        assertRefused(Played.request(Job.OPEN, "rival/web", 1, 7, M, "snap", 1), KEY, "wrong_tenant");
        assertRefused(Played.request(Job.OPEN, "demo/api", 1, 7, M, "snap", 1), KEY, "wrong_pool");
        assertRefused(Played.request(Job.OPEN, "demo/web", 2, 7, M, "snap", 1), KEY, "wrong_instance");
        assertRefused(Played.request(Job.OPEN, "demo/web", 1, 6, M, "snap", 1), KEY, "wrong_epoch");
        assertRefused(Played.request(Job.OPEN, "demo/web", 1, 8, M, "snap", 1), KEY, "wrong_epoch");
    }

    @Test
    @Tag("claim-S1")
    void otherKeys_areRefused() throws Exception {
        assertRefused(Played.request(Job.OPEN, "demo/web", 1, 7, M, "other", 1), KEY, "wrong_key");
        assertRefused(Played.request(Job.OPEN, "demo/web", 1, 7, M, "snap", 2), KEY, "wrong_key");
        assertRefused(Played.request(Job.OPEN), Played.keys(2), "not_opened");
        assertRefused(Played.request(Job.OPEN), Arrays.copyOf(new byte[] {1}, 64), "key_short");
    }

    static List<MachineFacts> otherMachines() {
        return List.of(
                new MachineFacts("firecracker", M.vmmVersion(), M.format(), M.cpu(), M.kernel(), 2, M.memoryBytes()),
                new MachineFacts(M.vmm(), "10.0.4", M.format(), M.cpu(), M.kernel(), 2, M.memoryBytes()),
                new MachineFacts(M.vmm(), M.vmmVersion(), "q35-10.1", M.cpu(), M.kernel(), 2, M.memoryBytes()),
                new MachineFacts(M.vmm(), M.vmmVersion(), M.format(), "Other CPU", M.kernel(), 2, M.memoryBytes()),
                new MachineFacts(M.vmm(), M.vmmVersion(), M.format(), M.cpu(), "6.12.58", 2, M.memoryBytes()),
                new MachineFacts(M.vmm(), M.vmmVersion(), M.format(), M.cpu(), M.kernel(), 1, M.memoryBytes()),
                new MachineFacts(M.vmm(), M.vmmVersion(), M.format(), M.cpu(), M.kernel(), 2, 4096));
    }

    @ParameterizedTest
    @Tag("claim-S1")
    @MethodSource("otherMachines")
    void otherMachines_areRefused(MachineFacts machine) throws Exception {
        assertRefused(Played.request(Job.OPEN, "demo/web", 1, 7, machine, "snap", 1), KEY, "wrong_machine");
    }

    @ParameterizedTest
    @Tag("claim-S1")
    @ValueSource(ints = {0, 1, 32, 65, 128, 4096})
    void keysOfAnotherLength_areRefused(int length) throws Exception {
        var key = Played.random(length, 1);
        var code = "refused code=" + (length < 64 ? "key_short" : "key_long");
        assertThat(Played.open(Played.request(Job.OPEN), key, good).answers()).containsExactly(code);
        var sealing = Played.seal(Played.request(Job.SEAL), key, new byte[100]);
        assertThat(sealing.answer()).isEqualTo(code);
        assertThat(sealing.files().manifest()).isEmpty();
        assertThat(sealing.files().vmstate()).isEmpty();
    }

    /// As another way of sealing leaves it: such a guest's memory is not in the stream, and half a guest goes
    /// nowhere.
    @Test
    @Tag("claim-S1")
    void snapshotWithPages_isRefused() throws Exception {
        var request = SealerRequest.parse(Played.request(Job.SEAL).encode());
        var memoryFile = new ByteArrayOutputStream();
        var stateFile = new ByteArrayOutputStream();
        try (var secret = SecretMemory.allocate(InstanceKeys.SIZE);
                var arena = Arena.ofConfined();
                var sealer = new SnapshotSealer(
                        new Cobblestone(new Libcrypto()), request.place(), request.machine(), Optional.empty());
                var memory = sealer.memory(piece -> memoryFile.writeBytes(piece.toArray(JAVA_BYTE)), new int[0]);
                var state = sealer.vmstate(piece -> stateFile.writeBytes(piece.toArray(JAVA_BYTE)))) {
            secret.bytes().copyFrom(MemorySegment.ofArray(KEY));
            var page = arena.allocate(4096);
            page.fill((byte) 1);
            memory.piece(0, page);
            memory.finish();
            state.finish();
            var manifest = sealer.manifest(memory, state, new InstanceKeys(request.key(), 1, secret));
            var files = new SealedBytes(manifest, memoryFile.toByteArray(), stateFile.toByteArray());
            assertThat(Played.open(Played.request(Job.OPEN), KEY, files).answers())
                    .containsExactly("refused code=wrong_way");
        }
    }
}
