package dev.mvm.hostd.key;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import com.google.errorprone.annotations.MustBeClosed;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.errno.LibraryException;
import dev.mvm.linux.libcrypto.Hkdf;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Bytes;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.HighWaterMark;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.SealedKey;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The tenants' keys, open: those that the state in force carries and no others. Each is opened once, before its state
/// is taken, and wiped when a state without it is in force. One that was replaced is opened for each use.
///
/// Thread-safe.
public final class KeySource {
    private final NodeId node;
    private final Hpke hpke;
    private final Hkdf hkdf = new Hkdf(new Libcrypto());
    private final Optional<SecretMemory> nodeKey;
    private final ReplacedKeys replaced;

    @GuardedBy("this")
    private final Map<Place, SecretMemory> open = new HashMap<>();

    private record Place(TenantId tenant, SealedKey key) {
        private String said() {
            return "tenant " + tenant + ", key " + key.id() + ", version " + key.version();
        }
    }

    /// @param nodeKey stays open as long as this is used; empty if the node has none, which then takes no keys
    public KeySource(NodeId node, Hpke hpke, Optional<SecretMemory> nodeKey, ReplacedKeys replaced) throws IOException {
        this.node = node;
        this.hpke = hpke;
        this.nodeKey = nodeKey;
        this.replaced = replaced;
    }

    public ReplacedKeys replaced() {
        return replaced;
    }

    /// Returns what a tenant's data of `purpose` may lie under besides the key in force, the newest first.
    public List<SealedKey> replaced(TenantId tenant, KeyPurpose purpose) {
        return replaced.of(tenant).stream()
                .filter(key -> key.purpose() == purpose)
                .toList();
    }

    /// Opens every key of a state that is about to be taken. Whether it is taken or not, [#keep] follows.
    ///
    /// @param floor has the keys that were taken before
    /// @return their check values, by `TENANT/KEY`
    /// @throws RefusedException at the first that does not open, or that is another key than it should be
    @SuppressWarnings("MustBeClosedChecker") // kept until a state without it is in force
    public synchronized Map<String, Bytes> open(InstalledState next, HighWaterMark floor) throws RefusedException {
        var checks = new HashMap<String, Bytes>();
        for (var tenant : next.state().value().tenants()) {
            for (var key : tenant.keys()) {
                var place = new Place(tenant.tenant(), key);
                var memory = open.get(place);
                if (memory == null) {
                    memory = opened(place);
                    open.put(place, memory);
                }
                var check = check(place, memory);
                var _ = floor.newestKey(tenant.tenant(), key, Optional.of(check));
                checks.put(tenant.tenant() + "/" + key.id(), check);
            }
        }
        return checks;
    }

    private Bytes check(Place place, SecretMemory key) throws RefusedException {
        try (var derived = hkdf.derive(key.bytes(), SealedKey.CHECK)) {
            var check =
                    Bytes.of(derived.bytes().asSlice(0, SealedKey.CHECK_SIZE).toArray(JAVA_BYTE));
            if (!check.equals(place.key().check().orElse(check))) {
                throw new RefusedException(
                        DocumentReason.KEY_DIFFERS, place.said() + ": another key than its check value says");
            }
            return check;
        } catch (LibraryException | ErrnoException e) {
            throw new RefusedException(DocumentReason.KEY_NOT_OPENED, place.said() + ": " + e.getMessage());
        }
    }

    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's
    private SecretMemory opened(Place place) throws RefusedException {
        var key = place.key();
        var said = place.said();
        var own = nodeKey.orElseThrow(() -> new RefusedException(
                DocumentReason.NO_NODE_KEY, said + ": run mvm-hostd make-node-key and enrol what it prints"));
        try {
            var memory = SecretMemory.allocate(SealedKey.KEY_SIZE);
            var aad = SealedKey.aad(node, place.tenant(), key.id(), key.purpose(), key.version());
            boolean opened = false;
            try {
                opened = hpke.open(own, key.enc().array(), key.sealed().array(), SealedKey.info(), aad, memory);
            } finally {
                if (!opened) {
                    memory.close();
                }
            }
            if (opened) {
                return memory;
            }
            throw new RefusedException(
                    DocumentReason.KEY_NOT_OPENED, said + ": not encrypted to this node for this place");
        } catch (LibraryException | ErrnoException e) {
            throw new RefusedException(DocumentReason.KEY_NOT_OPENED, said + ": " + e.getMessage());
        }
    }

    /// Wipes every key that is not one of `state`'s.
    ///
    /// @param state the one in force
    public synchronized void keep(Optional<InstalledState> state) {
        var places = new HashSet<Place>();
        for (var tenant : state.map(each -> each.state().value().tenants()).orElse(List.of())) {
            tenant.keys().forEach(key -> places.add(new Place(tenant.tenant(), key)));
        }
        open.entrySet().removeIf(entry -> {
            boolean unwanted = !places.contains(entry.getKey());
            if (unwanted) {
                entry.getValue().close();
            }
            return unwanted;
        });
    }

    /// Work with a key.
    @FunctionalInterface
    public interface Work<T> {
        T with(MemorySegment key) throws IOException;
    }

    /// Lends a key of the state in force, of the one that is about to be, or one that was replaced, to `work`,
    /// which has it for as long as it runs.
    ///
    /// @return what came out, empty if there is no such key
    /// @throws IOException also if it was replaced and does not open
    public synchronized <T> Optional<T> lend(TenantId tenant, SealedKey key, Work<T> work) throws IOException {
        var place = new Place(tenant, key);
        var memory = open.get(place);
        if (memory != null) {
            return Optional.of(work.with(memory.bytes()));
        }
        if (!replaced.of(tenant).contains(key)) {
            return Optional.empty();
        }
        try (var once = opened(place)) {
            return Optional.of(work.with(once.bytes()));
        } catch (RefusedException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
