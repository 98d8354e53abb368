package dev.mvm.hostd.key;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.SealedKey;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Keys that a state in force has replaced, sealed as they came; docs/protocol/keys.md. Each is kept, over
/// restarts too, until nothing of its tenant's is under it.
///
/// Thread-safe.
public final class ReplacedKeys {
    /// Versions of one key. One more, and the oldest is forgotten: an instance that never gets under a newer
    /// key would fill disk and memory otherwise.
    public static final int MAX_VERSIONS = 64;

    private static final int ENC_SIZE = 32;

    private final StateFiles files;

    @GuardedBy("this")
    private final Map<TenantId, List<SealedKey>> kept = new TreeMap<>();

    private ReplacedKeys(StateFiles files) {
        this.files = files;
    }

    /// Reads what is there.
    ///
    /// @param files for nothing else
    /// @throws IOException if a file cannot be read or is not a key: nothing is guessed about root's own files
    public static ReplacedKeys open(StateFiles files) throws IOException {
        var keys = new ReplacedKeys(files);
        keys.read(files.all());
        return keys;
    }

    private synchronized void read(Map<String, byte[]> all) throws IOException {
        for (var file : all.entrySet()) {
            try {
                var name = file.getKey().split("\\.", 4);
                var content = file.getValue();
                var key = new SealedKey(
                        new KeyName(name[1]),
                        KeyPurpose.of(name[3]),
                        Integer.parseInt(name[2]),
                        Bytes.of(Arrays.copyOf(content, ENC_SIZE)),
                        Bytes.of(Arrays.copyOfRange(content, ENC_SIZE, content.length)));
                add(new TenantId(name[0]), key);
            } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
                throw new IOException("the replaced key " + file.getKey() + " is damaged: " + e.getMessage(), e);
            }
        }
    }

    /// Keeps the keys of each tenant whose keys will be others. To be called before `next` is in force, so that
    /// a crash loses none.
    public void keep(Optional<InstalledState> now, InstalledState next) throws IOException {
        for (var tenant : now.map(state -> state.state().value().tenants()).orElse(List.of())) {
            var then = next.tenant(tenant.tenant()).map(NodeState.Tenant::keys).orElse(List.of());
            if (!names(tenant.tenant(), tenant.keys()).equals(names(tenant.tenant(), then))) {
                for (var key : tenant.keys()) {
                    put(tenant.tenant(), key);
                }
            }
        }
    }

    private static Set<String> names(TenantId tenant, List<SealedKey> keys) {
        return keys.stream().map(key -> name(tenant, key)).collect(Collectors.toSet());
    }

    private synchronized void put(TenantId tenant, SealedKey key) throws IOException {
        var content = Arrays.copyOf(key.enc().array(), ENC_SIZE + key.sealed().length());
        System.arraycopy(
                key.sealed().array(), 0, content, ENC_SIZE, key.sealed().length());
        files.put(name(tenant, key), content);
        add(tenant, key);
        var versions =
                of(tenant).stream().filter(each -> each.id().equals(key.id())).toList();
        if (versions.size() > MAX_VERSIONS) {
            forget(tenant, List.of(versions.getLast()));
        }
    }

    /// The newest versions come first.
    @GuardedBy("this")
    private void add(TenantId tenant, SealedKey key) {
        var keys = kept.computeIfAbsent(tenant, _ -> new ArrayList<>());
        keys.removeIf(each -> name(tenant, each).equals(name(tenant, key)));
        keys.add(key);
        keys.sort(Comparator.comparingInt(SealedKey::version).reversed());
    }

    private static String name(TenantId tenant, SealedKey key) {
        return tenant + "." + key.id() + "." + key.version() + "."
                + key.purpose().word();
    }

    /// Returns the tenants with replaced keys.
    public synchronized Set<TenantId> tenants() {
        return Set.copyOf(kept.keySet());
    }

    /// Returns a tenant's replaced keys, the newest first.
    public synchronized List<SealedKey> of(TenantId tenant) {
        return List.copyOf(kept.getOrDefault(tenant, List.of()));
    }

    /// Forgets keys that nothing is under.
    public synchronized void forget(TenantId tenant, List<SealedKey> keys) throws IOException {
        for (var key : keys) {
            files.remove(name(tenant, key));
            var left = kept.getOrDefault(tenant, new ArrayList<>());
            left.remove(key);
            if (left.isEmpty()) {
                kept.remove(tenant);
            }
        }
    }
}
