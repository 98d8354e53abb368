package dev.mvm.coordinator.trust;

import com.google.protobuf.ByteString;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.OperatorDocuments;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// Compares a trust root with the one that is to follow it: what would the fleet lose? A node that follows a root has
/// no way back, so this is asked before anybody is given the next one.
final class RootLosses {
    private final Verified<TrustRoot> before;
    private final Verified<TrustRoot> next;
    private final Verifier verifier;

    RootLosses(Verified<TrustRoot> before, Verified<TrustRoot> next, Verifier verifier) {
        this.before = before;
        this.next = next;
        this.verifier = verifier;
    }

    /// Returns what is lost, with whose documents are void. What does not count under the root before is no loss.
    ///
    /// @param own the coordinator's key
    Map<RootLoss, List<String>> of(VerifyKey own, Roots.InForce documents, Instant now) {
        var lost = new EnumMap<RootLoss, List<String>>(RootLoss.class);
        if (has(before, own) && !has(next, own)) {
            lost.put(RootLoss.STATE_KEY, List.of());
        }
        if (losesKeyService()) {
            lost.put(RootLoss.KEYS_ROLE, List.of());
        }
        var nodes = new OperatorDocuments(verifier);
        put(lost, RootLoss.GRANTS, documents.grants(), (root, envelope) -> {
            var _ = verifier.grant(root, envelope);
            return true;
        });
        put(lost, RootLoss.NODE_DOCUMENTS, documents.nodes(), (root, envelope) -> {
            var node = nodes.node(root, envelope).value();
            return givesKeys(node, now);
        });
        return lost;
    }

    private static boolean has(Verified<TrustRoot> root, VerifyKey key) {
        return root.value().keys(Role.STATE).keys().contains(key);
    }

    private boolean losesKeyService() {
        var old = before.value().roles().get(Role.KEYS);
        var keys = next.value().roles().get(Role.KEYS);
        return old != null && (keys == null || keys.keys().stream().noneMatch(old.keys()::contains));
    }

    private static boolean givesKeys(NodeDocument node, Instant now) {
        return node.identity().isPresent() && now.isBefore(node.expires());
    }

    /// Decides if a document counts under a root.
    @FunctionalInterface
    private interface Counting {
        boolean counts(Verified<TrustRoot> root, byte[] envelope) throws RefusedException;
    }

    private void put(
            Map<RootLoss, List<String>> lost, RootLoss loss, Map<String, ByteString> documents, Counting counting) {
        var names = documents.entrySet().stream()
                .filter(each -> counts(counting, before, each.getValue()) && !counts(counting, next, each.getValue()))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
        if (!names.isEmpty()) {
            lost.put(loss, names);
        }
    }

    private static boolean counts(Counting counting, Verified<TrustRoot> root, ByteString envelope) {
        try {
            return counting.counts(root, envelope.toByteArray());
        } catch (RefusedException e) {
            return false;
        }
    }
}
