package dev.mvm.hostd.key;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.TenantKey;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A tenant's keys as hostd had them before there was a key service: each opened once, when a state with it was
/// installed, and open in memory until another state was. The measure for what it costs to open them for each use.
final class OpenKeys implements WakeKeys.Lender, AutoCloseable {
    private record Place(TenantId tenant, TenantKey key) {}

    @GuardedBy("this")
    private final Map<Place, SecretMemory> open = new HashMap<>();

    @GuardedBy("this")
    private final List<TenantKey> older = new ArrayList<>();

    /// Opens `keys`, which stay open until [#close]; those of `replaced` are older ones.
    @SuppressWarnings("MustBeClosedChecker") // by close()
    OpenKeys(BlobKeys source, TenantId tenant, List<TenantKey> keys, List<TenantKey> replaced) throws IOException {
        older.addAll(replaced);
        for (var key : keys) {
            var memory = SecretMemory.allocate(TenantKey.KEY_SIZE);
            open.put(new Place(tenant, key), memory);
            var _ = source.lend(tenant, key, bytes -> memory.bytes().copyFrom(bytes))
                    .orElseThrow();
        }
    }

    @Override
    public synchronized boolean atHand(TenantId tenant, TenantKey key) {
        return open.containsKey(new Place(tenant, key));
    }

    @Override
    public synchronized List<TenantKey> older(TenantId tenant, KeyPurpose purpose, Optional<TenantKey> inForce) {
        return older.stream().filter(key -> key.purpose() == purpose).toList();
    }

    @Override
    public synchronized <T> Optional<T> lend(TenantId tenant, TenantKey key, BlobKeys.Work<T> work) throws IOException {
        var memory = open.get(new Place(tenant, key));
        return memory == null ? Optional.empty() : Optional.of(work.with(memory.bytes()));
    }

    @Override
    public synchronized void close() {
        open.values().forEach(SecretMemory::close);
    }
}
