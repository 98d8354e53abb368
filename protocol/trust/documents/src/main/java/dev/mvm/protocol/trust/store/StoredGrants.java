package dev.mvm.protocol.trust.store;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// The grants of a [TrustStore], each in a file of its own, oldest first. Not thread-safe: guarded by the store's lock.
final class StoredGrants {
    /// Grants that no state relies on yet: all that one state may rely on, for they come before it. An agent could
    /// otherwise fill the disk with old ones.
    static final int MAX_UNUSED = NodeState.MAX_TENANTS;

    private static final String PREFIX = "grant-";
    private static final String SUFFIX = ".dsse";

    private final StateFiles files;
    private final Verifier verifier;
    private final Map<Digest, Verified<Grant>> grants = new LinkedHashMap<>();

    StoredGrants(StateFiles files, Verifier verifier) {
        this.files = files;
        this.verifier = verifier;
    }

    /// Verifies the stored grants under `root`. Those that are not believed are left aside and reported.
    void read(Map<String, byte[]> all, Verified<TrustRoot> root, Consumer<String> complaint) {
        for (var file : all.entrySet()) {
            if (file.getKey().startsWith(PREFIX)) {
                try {
                    var grant = verifier.grant(root, file.getValue());
                    grants.put(grant.digest(), grant);
                } catch (RefusedException e) {
                    complaint.accept("stored " + file.getKey() + " is not believed: " + e.getMessage());
                }
            }
        }
    }

    List<Verified<Grant>> all() {
        return List.copyOf(grants.values());
    }

    Set<Digest> digests() {
        return grants.keySet();
    }

    /// Verifies a grant under `root` and keeps it.
    ///
    /// @return whether it was new
    /// @throws RefusedException if it is not believed; nothing has changed then
    boolean install(Verified<TrustRoot> root, Bytes envelope) throws RefusedException, IOException {
        var grant = verifier.grant(root, envelope.array());
        if (grants.containsKey(grant.digest())) {
            return false;
        }
        files.put(PREFIX + grant.digest().hex() + SUFFIX, envelope.array());
        grants.put(grant.digest(), grant);
        return true;
    }

    /// Drops the grants that `root` does not vouch for. Their files stay: they do not verify at the next start.
    void dropUnbelieved(Verified<TrustRoot> root) {
        grants.values().removeIf(grant -> !believed(root, grant));
    }

    private boolean believed(Verified<TrustRoot> root, Verified<Grant> grant) {
        try {
            var _ = verifier.grant(root, grant.envelope().array());
            return true;
        } catch (RefusedException e) {
            return false;
        }
    }

    /// Removes the oldest grants that are not `used`, but for `keep` of them.
    void forgetUnused(Set<Digest> used, int keep) throws IOException {
        var unused = new ArrayList<>(grants.keySet());
        unused.removeAll(used);
        for (var digest : unused.subList(0, Math.max(0, unused.size() - keep))) {
            files.remove(PREFIX + digest.hex() + SUFFIX);
            grants.remove(digest);
        }
    }
}
