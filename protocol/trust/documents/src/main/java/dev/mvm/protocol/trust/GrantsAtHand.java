package dev.mvm.protocol.trust;

import dev.mvm.model.TenantId;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// The grants that a node has, against those that a state relies on. Pure.
final class GrantsAtHand {
    private GrantsAtHand() {}

    /// The grants that a state relies on.
    ///
    /// @throws RefusedException `no_grant`, `grant_superseded` or `equivocation`
    static Map<TenantId, Verified<Grant>> of(NodeState state, Verifier.Context context) throws RefusedException {
        var reliedOn = Set.copyOf(state.grants());
        var out = new LinkedHashMap<TenantId, Verified<Grant>>();
        for (var tenant : state.tenants()) {
            var id = tenant.tenant();
            var grant = context.grants().stream()
                    .filter(candidate -> candidate.value().tenant().equals(id) && reliedOn.contains(candidate.digest()))
                    .findFirst()
                    .orElseThrow(() -> new RefusedException(DocumentReason.NO_GRANT, "tenant " + id));
            var newest = context.floor().grants().get(id);
            if (newest != null) {
                notBehind(grant, newest);
            }
            out.put(id, grant);
        }
        return out;
    }

    /// Demands that no newer grant of the tenant is at hand and holds: an operator's word counts from its first moment
    /// on,
    /// also if the coordinator does not rely on it.
    ///
    /// @throws RefusedException `grant_superseded`
    static void newest(Grant grant, Verifier.Context context, Instant now) throws RefusedException {
        for (var other : context.grants()) {
            if (other.value().tenant().equals(grant.tenant())
                    && other.value().version() > grant.version()
                    && !now.isBefore(other.value().notBefore())) {
                throw new RefusedException(
                        DocumentReason.GRANT_SUPERSEDED,
                        "tenant " + grant.tenant() + ", version " + grant.version() + " while "
                                + other.value().version() + " is here");
            }
        }
    }

    private static void notBehind(Verified<Grant> grant, HighWaterMark.Newest newest) throws RefusedException {
        var place = "tenant " + grant.value().tenant() + ", version "
                + grant.value().version();
        if (grant.value().version() < newest.version()) {
            throw new RefusedException(DocumentReason.GRANT_SUPERSEDED, place + " after " + newest.version());
        }
        if (grant.value().version() == newest.version() && !grant.digest().equals(newest.digest())) {
            throw new RefusedException(DocumentReason.EQUIVOCATION, place + " has two contents");
        }
    }
}
