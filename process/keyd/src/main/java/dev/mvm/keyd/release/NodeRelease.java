package dev.mvm.keyd.release;

import dev.mvm.crypto.sign.SigningException;
import dev.mvm.keyd.audit.AuditEntry;
import dev.mvm.keyd.store.ListedKey;
import dev.mvm.keyd.store.StoreException;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.keyd.service.KeydReply;
import dev.mvm.protocol.keyd.service.SignedStatement;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Gives a node, whose statement and state were verified, the keys that may go there. Not thread-safe.
final class NodeRelease {
    private final ReleaseService.Parts parts;
    private final Duration life;
    private final NodeRecords records;
    private final ReleaseRules rules;
    private final BlobSealer sealer;

    /// @param life of what is handed out
    NodeRelease(ReleaseService.Parts parts, Duration life, NodeRecords records, ReleaseRules rules, BlobSealer sealer) {
        this.parts = parts;
        this.life = life;
        this.records = records;
        this.rules = rules;
        this.sealer = sealer;
    }

    /// Seals the keys of all tenants of a state that may go to the node.
    KeydReply.Sealed to(NodeState state, ReleaseRules.Asking asking, SignedStatement statement, int period)
            throws IOException, RequestRefusedException, SigningException, StoreException {
        var node = asking.document().node();
        var issued = asking.now().truncatedTo(ChronoUnit.SECONDS);
        var until = issued.plus(life);
        var all = parts.keys().list().stream().collect(Collectors.groupingBy(ListedKey::tenant));
        var granted = new ArrayList<BlobSealer.Granted>();
        var refused = new ArrayList<KeydReply.RefusedTenant>();
        var done = new ArrayList<AuditEntry>();
        for (var tenant : state.tenants()) {
            var id = tenant.tenant();
            try {
                var own = granted(id, asking, all.getOrDefault(id, List.of()), granted);
                if (!own.isEmpty()) {
                    granted.addAll(own);
                    var since = Optional.ofNullable(asking.released().get(id)).map(NodeRecord.Pair::since);
                    asking.released().put(id, new NodeRecord.Pair(since.orElse(issued), until));
                    done.add(AuditEntry.done(
                            "release", id.value(), node.value(), GrantedKeys.said(own, period, until, statement)));
                }
            } catch (RequestRefusedException e) {
                refused.add(new KeydReply.RefusedTenant(id, e.code()));
                parts.audit()
                        .refused(AuditEntry.refused(
                                "release",
                                id.value(),
                                node.value(),
                                e.code(),
                                e.alarm(),
                                String.valueOf(e.getMessage())));
            }
        }
        var place = new BlobSealer.Place(parts.documents().fleet(), period, issued, until);
        var blob = sealer.seal(statement, place, granted);
        records.put(records.of(node).with(asking.released()));
        parts.audit().write(done);
        return new KeydReply.Sealed(blob, refused);
    }

    /// The keys of a tenant that go to a node.
    ///
    /// @return empty for a tenant whose grant names no keys
    private List<BlobSealer.Granted> granted(
            TenantId tenant, ReleaseRules.Asking asking, List<ListedKey> all, List<BlobSealer.Granted> before)
            throws RequestRefusedException, IOException {
        if (parts.documents()
                .grant(tenant)
                .map(grant -> grant.value().grant().keys().isEmpty())
                .orElse(false)) {
            return List.of();
        }
        var own = GrantedKeys.of(
                all, parts.documents().grant(tenant).map(Verified::value).map(GrantDocument::grant));
        long room = BlobSealer.MOST_KEYS - GrantedKeys.count(before);
        if (GrantedKeys.count(own) > room) {
            throw new RequestRefusedException(
                    KeydReason.BLOB_FULL, "a blob has at most " + BlobSealer.MOST_KEYS + " keys");
        }
        var grant = rules.demand(tenant, asking);
        if (own.isEmpty()) {
            throw new RequestRefusedException(
                    KeydReason.KEY_UNKNOWN,
                    "the store has no key of " + tenant + " that its grant, version "
                            + grant.grant().version() + ", names");
        }
        return own;
    }
}
