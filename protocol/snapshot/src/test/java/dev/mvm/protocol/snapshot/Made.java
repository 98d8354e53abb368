package dev.mvm.protocol.snapshot;

import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceId;
import dev.mvm.model.KeyName;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;

/// A snapshot's three files.
@SuppressWarnings("ArrayRecordComponent") // never compared
record Made(byte[] manifest, byte[] memory, byte[] vmstate) {
    static final int PAGE = Machine.PAGE;
    static final SnapshotId PLACE = place("demo", "web", 1, 7);
    static final int[] NO_SET = {};

    static SnapshotId place(String tenant, String pool, int instance, long epoch) {
        return new SnapshotId(new TenantId(tenant), new PoolId(pool), InstanceId.of(instance), epoch);
    }

    static Machine machine(long memoryBytes) {
        return new Machine("firecracker", "1.16.1", "9.0.0", "Some CPU @ 2.00GHz, 0x1", "6.12.57", 2, memoryBytes);
    }

    static InstanceKeys keys(SecretMemory memory, String id, int version) {
        memory.bytes().copyFrom(MemorySegment.ofArray(StreamsTest.random(InstanceKeys.SIZE, id.hashCode() + version)));
        return new InstanceKeys(new KeyName(id), version, memory);
    }

    /// As hostd makes them of a tenant's key.
    static InstanceKeys keys(Cobblestone cobblestone, SecretMemory tenantKey, SnapshotId place, SecretMemory into)
            throws IOException {
        var of = place.tenant() + "\n" + place.instance() + "\n";
        try (var wrapping = cobblestone.hkdf.derive(tenantKey.bytes(), "mvm snapshot v1\nsnap/wrap\n" + of);
                var set = cobblestone.hkdf.derive(tenantKey.bytes(), "mvm snapshot v1\nsnap/workingset\n" + of)) {
            into.bytes().copyFrom(wrapping.bytes());
            into.bytes().asSlice(Cobblestone.KEY).copyFrom(set.bytes());
        }
        return new InstanceKeys(new KeyName("snap"), 1, into);
    }

    /// Use of a writer before it is finished.
    interface Writing {
        void to(MemoryWriter writer) throws IOException;
    }

    static Made make(
            Cobblestone cobblestone,
            SnapshotId place,
            Machine machine,
            Optional<Digest> base,
            InstanceKeys kek,
            int[] workingSet,
            Writing writing,
            byte[] state)
            throws IOException {
        var memoryFile = new Memory.Written();
        var stateFile = new Memory.Written();
        try (var sealer = new SnapshotSealer(cobblestone, place, machine, base);
                var memory = sealer.memory(memoryFile, workingSet);
                var vmstate = sealer.vmstate(stateFile)) {
            writing.to(memory);
            memory.finish();
            vmstate.write(Memory.offHeap(state), 0, state.length);
            vmstate.finish();
            return new Made(sealer.manifest(memory, vmstate, kek), memoryFile.bytes(), stateFile.bytes());
        }
    }

    /// All of a guest's memory, page by page.
    static byte[] pages(MemoryReader reader, int count) throws IOException {
        var out = new byte[count * PAGE];
        var page = Memory.offHeap(new byte[PAGE]);
        for (int i = 0; i < count; i++) {
            if (reader.page(i, page)) {
                System.arraycopy(Memory.array(page), 0, out, i * PAGE, PAGE);
            }
        }
        return out;
    }

    /// The same in stored order; no page may come twice. Pages of the working set are added to `order`.
    static byte[] stored(MemoryReader reader, int count, java.util.List<Integer> order) throws IOException {
        var out = new byte[count * PAGE];
        var seen = new BitSet();
        MemoryReader.Pages to = (page, some, bytes, at) -> {
            for (int i = 0; i < some; i++) {
                if (seen.get(page + i)) {
                    throw new AssertionError("page " + (page + i) + " twice");
                }
                seen.set(page + i);
            }
            MemorySegment.copy(bytes, at, MemorySegment.ofArray(out), (long) page * PAGE, (long) some * PAGE);
        };
        reader.workingSet(MemoryReader.Share.ALL, (page, some, bytes, at) -> {
            for (int i = 0; i < some; i++) {
                order.add(page + i);
            }
            to.take(page, some, bytes, at);
        });
        reader.rest(to);
        return out;
    }

    Made withManifest(byte[] other) {
        return new Made(other, memory, vmstate);
    }

    static byte[] flipped(byte[] bytes, int at) {
        var out = Arrays.copyOf(bytes, bytes.length);
        out[at] ^= (byte) (1 << at % 8);
        return out;
    }
}
