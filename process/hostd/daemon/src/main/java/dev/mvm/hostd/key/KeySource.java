package dev.mvm.hostd.key;

import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.TenantKey;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/// The tenants' keys that the state in force names, and the older ones that a blob has besides. Each is opened for each
/// use, and wiped after it.
///
/// Thread-safe.
public final class KeySource {
    private final BlobKeys blobs;

    public KeySource(BlobKeys blobs) {
        this.blobs = blobs;
    }

    public BlobKeys blobs() {
        return blobs;
    }

    /// Returns what a tenant's data of `purpose` may lie under besides the key in force, the newest first.
    public List<TenantKey> older(TenantId tenant, KeyPurpose purpose, Optional<TenantKey> inForce) {
        return blobs.versions(tenant, purpose).stream()
                .filter(key -> !inForce.equals(Optional.of(key)))
                .toList();
    }

    /// Returns whether a key that the state in force names can be opened now.
    public boolean atHand(TenantId tenant, TenantKey key) {
        return blobs.versions(tenant, key.purpose()).contains(key);
    }

    /// Work with a key.
    @FunctionalInterface
    public interface Work<T> {
        T with(MemorySegment key) throws IOException;
    }

    /// Lends a key of the state in force, or one of [#older], to `work`, which has it for as long as it runs.
    ///
    /// @return what came out, empty if the key is not at hand
    public <T> Optional<T> lend(TenantId tenant, TenantKey key, Work<T> work) throws IOException {
        try (var once = SecretMemory.allocate(TenantKey.KEY_SIZE)) {
            return blobs.open(tenant, key, once) ? Optional.of(work.with(once.bytes())) : Optional.empty();
        }
    }
}
