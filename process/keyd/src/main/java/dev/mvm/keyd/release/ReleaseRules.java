package dev.mvm.keyd.release;

import dev.mvm.keyd.documents.Documents;
import dev.mvm.model.NodeMode;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.attest.Attestation;
import dev.mvm.protocol.attest.AttestationLevel;
import dev.mvm.protocol.attest.AttestationPolicy;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import dev.mvm.protocol.trust.authoring.GrantRelease;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;

/// The rules by which a tenant's keys go to a node. Not thread-safe.
final class ReleaseRules {
    private final Documents documents;
    private final NodeRecords records;
    private final Rations rations;

    ReleaseRules(Documents documents, NodeRecords records, Rations rations) {
        this.documents = documents;
        this.records = records;
        this.rations = rations;
    }

    /// A node that asks for keys.
    ///
    /// @param document its newest
    /// @param mode that it says to be in
    /// @param released tenants' keys that it has, those of this request included
    record Asking(
            NodeDocument document,
            NodeMode mode,
            Attestation attestation,
            Map<TenantId, NodeRecord.Pair> released,
            Instant now) {}

    /// The grant by which the keys of a tenant may go to a node, which its state places there; a ration is taken for a
    /// new pair of both.
    ///
    /// @throws RequestRefusedException with the first rule that says no
    GrantDocument demand(TenantId tenant, Asking asking) throws RequestRefusedException, IOException {
        var grant = grant(tenant, asking.now());
        var release = grant.release()
                .filter(each -> each.names(asking.document()))
                .orElseThrow(() -> new RequestRefusedException(
                        KeydReason.NOT_RELEASED_HERE,
                        "the grant of " + tenant + ", version " + grant.grant().version() + ", names neither node "
                                + asking.document().node() + " nor a label of it"));
        shown(grant, release, asking);
        limits(tenant, release, asking);
        return grant;
    }

    private GrantDocument grant(TenantId tenant, Instant now) throws RequestRefusedException {
        if (documents.ended(tenant)) {
            throw new RequestRefusedException(
                    KeydReason.TOMBSTONED, "tenant " + tenant + " has ended, and its keys are destroyed");
        }
        var grant = documents
                .grant(tenant)
                .orElseThrow(() -> new RequestRefusedException(
                        KeydReason.GRANT_UNKNOWN, "no grant of " + tenant + " was published here"))
                .value();
        if (now.isBefore(grant.grant().notBefore())) {
            throw new RequestRefusedException(
                    KeydReason.GRANT_NOT_BEGUN,
                    "the grant of " + tenant + " begins at " + grant.grant().notBefore());
        }
        if (!now.isBefore(grant.grant().expires())) {
            throw new RequestRefusedException(
                    KeydReason.GRANT_EXPIRED,
                    "the grant of " + tenant + " expired at " + grant.grant().expires());
        }
        return grant;
    }

    private static void shown(GrantDocument grant, GrantRelease release, Asking asking) throws RequestRefusedException {
        var least = AttestationLevel.of(release.attestation().word()).orElseThrow();
        var why =
                asking.attestation() instanceof Attestation.Failed(var text) ? text : "nothing of that kind was shown";
        var refusal = new AttestationPolicy(least).refusal(asking.attestation());
        if (refusal.isPresent()) {
            boolean missing = refusal.get().equals(AttestationPolicy.MISSING);
            throw new RequestRefusedException(
                    missing ? KeydReason.ATTESTATION_MISSING : KeydReason.ATTESTATION_FAILED,
                    "the grant of " + grant.grant().tenant() + " demands " + least.word() + ": " + why);
        }
        if (!asking.mode().satisfies(grant.grant().mode())) {
            throw new RequestRefusedException(
                    KeydReason.ATTESTATION_FAILED,
                    "the grant of " + grant.grant().tenant() + " demands "
                            + grant.grant().mode().word() + " mode, node "
                            + asking.document().node() + " says to be in "
                            + asking.mode().word() + " mode");
        }
    }

    /// Pairs that are older go first: a limit that is lowered ends the newest.
    private void limits(TenantId tenant, GrantRelease release, Asking asking)
            throws RequestRefusedException, IOException {
        var node = asking.document().node();
        var released = asking.released();
        int nodes = records.nodesBefore(tenant, node, asking.now());
        if (nodes >= release.maxNodes()) {
            throw new RequestRefusedException(
                    KeydReason.NODE_LIMIT,
                    nodes + " nodes have keys of " + tenant + " already, its grant allows " + release.maxNodes());
        }
        int tenants = NodeRecords.tenantsBefore(released, tenant);
        int most = asking.document().traits().maxTenants();
        if (tenants >= most) {
            throw new RequestRefusedException(
                    KeydReason.TENANT_LIMIT,
                    "node " + node + " has keys of " + tenants + " tenants already, its document allows " + most);
        }
        if (!released.containsKey(tenant) && !rations.take(asking.now())) {
            throw new RequestRefusedException(
                    KeydReason.RATIONED,
                    "too many new pairs of tenant and node within the hour; ask for " + tenant + " on " + node
                            + " again later");
        }
    }
}
