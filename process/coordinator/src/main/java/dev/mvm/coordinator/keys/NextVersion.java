package dev.mvm.coordinator.keys;

import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.StoredTenantKey;
import dev.mvm.model.KeyName;
import dev.mvm.model.TenantId;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The number of a key's next version: past the store's, and past what nodes have taken.
final class NextVersion {
    /// Most versions by which a node may be ahead of the store. A node that was taken over could use all numbers
    /// up otherwise.
    static final int MAX_LEAD = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(NextVersion.class);

    private final TakenVersions taken;

    NextVersion(TakenVersions taken) {
        this.taken = taken;
    }

    /// Returns the number.
    ///
    /// @param before the key as the store has it
    /// @param least smallest number that the version may have
    /// @throws ProblemException `key_exhausted`
    int of(TenantId tenant, KeyName id, Optional<StoredTenantKey> before, int least) throws ProblemException {
        int last = before.map(key -> key.newest().version()).orElse(0);
        int told = taken.newest(tenant, id);
        if (told > last && told - Math.max(last, least) > MAX_LEAD) {
            LOG.warn("a node claims to have version {} of key {} of {}, the store has {}", told, id, tenant, last);
            told = last;
        }
        int newest = Math.max(last, told);
        if (newest == Integer.MAX_VALUE) {
            throw new ProblemException(Fault.CONFLICT, "key_exhausted", "the key has had the last possible version");
        }
        return Math.max(newest + 1, least);
    }
}
