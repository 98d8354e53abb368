package dev.mvm.hostd.volume;

import dev.mvm.linux.libcrypto.Hkdf;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.InstanceAddress;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// Keys of one instance's volume, derived from a tenant's key.
///
/// @param seal seals its header
/// @param slot opens the slot in the header
record VolumeKeys(SecretMemory seal, SecretMemory slot) implements AutoCloseable {
    /// docs/protocol/volume.md: what the texts are.
    @SuppressWarnings("MustBeClosedChecker") // they are the result's
    static VolumeKeys derive(Hkdf hkdf, MemorySegment key, InstanceAddress of) throws IOException {
        var place = "\n" + of.tenant() + "\n" + of.instance() + "\n";
        var seal = hkdf.derive(key, "mvm volume v1\nseal" + place);
        try {
            return new VolumeKeys(seal, hkdf.derive(key, "mvm volume v1\nslot" + place));
        } catch (IOException e) {
            seal.close();
            throw e;
        }
    }

    @Override
    public void close() {
        seal.close();
        slot.close();
    }
}
