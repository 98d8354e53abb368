package dev.mvm.protocol.snapshot;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Digest;
import java.io.IOException;
import java.util.Optional;

/// Makes one snapshot, under a key of its own that exists here and wrapped in its manifest. Both streams are sealed
/// first; the manifest, without which nothing opens, is made last, once they are where they belong.
///
/// Guarantees: what is written is ciphertext, and bound to place, machine and base. Does not guarantee: that an older
/// snapshot does not open; the epoch is for that.
public final class SnapshotSealer implements AutoCloseable {
    private final Cobblestone cobblestone;
    private final SnapshotId place;
    private final Machine machine;
    private final Optional<Digest> base;
    private final SecretMemory dataKey = SecretMemory.allocate(Cobblestone.KEY);

    /// Begins a snapshot.
    ///
    /// @param base what it is a difference to, if it is one: [StreamFacts#header] of a whole snapshot's memory
    @MustBeClosed
    public SnapshotSealer(Cobblestone cobblestone, SnapshotId place, Machine machine, Optional<Digest> base)
            throws IOException {
        this.cobblestone = cobblestone;
        this.place = place;
        this.machine = machine;
        this.base = base;
        cobblestone.random.fill(dataKey.bytes());
    }

    /// For the VMM's own state.
    @MustBeClosed
    public StreamSealer vmstate(StreamSealer.Sink sink) throws IOException {
        return stream("vmstate", sink);
    }

    /// For the guest's memory.
    ///
    /// @param workingSet pages that the guest will want first, in that order; as many wait in memory if memory
    ///     comes in pieces
    @MustBeClosed
    public MemoryWriter memory(StreamSealer.Sink sink, int[] workingSet) throws IOException {
        return new MemoryWriter(stream("memory", sink), machine, base.isPresent(), workingSet);
    }

    @SuppressWarnings("MustBeClosedChecker") // the caller's
    private StreamSealer stream(String part, StreamSealer.Sink sink) throws IOException {
        return new StreamSealer(cobblestone, dataKey.bytes(), Manifest.context(part, place, machine, base), sink);
    }

    /// The manifest's bytes, for the two streams that were sealed here and have ended.
    public byte[] manifest(MemoryWriter memory, StreamSealer vmstate, InstanceKeys keys) throws IOException {
        var manifest = new Manifest(
                place, machine, base, memory.facts(), memory.pages(), vmstate.facts(), keys.id(), keys.version());
        return ManifestFile.wrap(cobblestone, manifest, keys, dataKey).bytes();
    }

    @Override
    public void close() {
        dataKey.close();
    }
}
