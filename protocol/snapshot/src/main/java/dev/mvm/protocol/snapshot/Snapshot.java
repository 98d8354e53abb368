package dev.mvm.protocol.snapshot;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.secret.SecretMemory;
import java.io.IOException;
import java.util.Optional;

/// A snapshot whose manifest is authentic: only [#open] makes one.
public final class Snapshot implements AutoCloseable {
    private final Cobblestone cobblestone;
    private final Manifest manifest;
    private final SecretMemory dataKey;

    private Snapshot(Cobblestone cobblestone, Manifest manifest, SecretMemory dataKey) {
        this.cobblestone = cobblestone;
        this.manifest = manifest;
        this.dataKey = dataKey;
    }

    /// Opens a manifest.
    ///
    /// @param bytes the file `manifest`
    /// @param expected whose snapshot, and which, it has to be
    /// @throws SnapshotException `too_large`, `malformed`, `wrong_tenant`, `wrong_pool`, `wrong_instance`,
    ///     `wrong_epoch`, `wrong_key`, `not_opened`
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the snapshot's, closed here on the way out of an error
    public static Snapshot open(Cobblestone cobblestone, byte[] bytes, SnapshotId expected, InstanceKeys keys)
            throws IOException {
        var file = ManifestFile.parse(bytes);
        file.manifest().place().expect(expected);
        var dataKey = SecretMemory.allocate(Cobblestone.KEY);
        try {
            file.unwrap(cobblestone, keys, dataKey);
            return new Snapshot(cobblestone, file.manifest(), dataKey);
        } catch (IOException e) {
            dataKey.close();
            throw e;
        }
    }

    public Manifest manifest() {
        return manifest;
    }

    /// The manifest's bytes under another key or version; the streams stay as they are, and the older manifest opens
    /// until its key is gone.
    public byte[] rewrap(InstanceKeys keys) throws IOException {
        return ManifestFile.wrap(cobblestone, manifest.under(keys), keys, dataKey)
                .bytes();
    }

    /// Opens the VMM's state.
    ///
    /// @throws SnapshotException `truncated`, `commitment`, `wrong_stream`, `altered`
    @MustBeClosed
    public ChunkOpener vmstate(ChunkOpener.Source source) throws IOException {
        return stream("vmstate", manifest.vmstate(), source);
    }

    /// Opens the guest's memory. The snapshot may be closed then.
    ///
    /// @param base what the snapshot is a difference to, if it is one: open as long as this is, and used for
    ///     nothing else meanwhile
    /// @throws SnapshotException as [#vmstate], `page_map`, `wrong_base`
    @MustBeClosed
    public MemoryReader memory(ChunkOpener.Source source, Optional<MemoryReader> base) throws IOException {
        if (!manifest.base().equals(base.map(MemoryReader::digest))) {
            throw new SnapshotException(SnapshotReason.WRONG_BASE, "want " + manifest.base());
        }
        return new MemoryReader(stream("memory", manifest.memory(), source), manifest, base);
    }

    @SuppressWarnings("MustBeClosedChecker") // the caller's, closed here on the way out of an error
    private ChunkOpener stream(String part, StreamFacts facts, ChunkOpener.Source source) throws IOException {
        if (source.size() != facts.sealedSize()) {
            throw new SnapshotException(
                    SnapshotReason.TRUNCATED, source.size() + " bytes instead of " + facts.sealedSize());
        }
        var context = Manifest.context(part, manifest.place(), manifest.machine(), manifest.base());
        var opener = new ChunkOpener(cobblestone, dataKey.bytes(), context, source);
        if (!opener.header().digest().equals(facts.header()) || opener.plainSize() != facts.plainSize()) {
            opener.close();
            throw new SnapshotException(SnapshotReason.WRONG_STREAM, "not the stream that the manifest names");
        }
        return opener;
    }

    @Override
    public void close() {
        dataKey.close();
    }
}
