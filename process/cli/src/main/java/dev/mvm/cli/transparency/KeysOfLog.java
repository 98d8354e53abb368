package dev.mvm.cli.transparency;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/// The check value of each version of each tenant's key that a log has said so far. A version is one key on all
/// nodes.
final class KeysOfLog {
    private final Map<String, Said> values = new HashMap<>();

    /// A check value, and the state that has said it first.
    private record Said(Bytes check, long index) {}

    /// Adds those of a state.
    ///
    /// @param index the state's position in the log
    /// @throws RefusedException `key_equivocation` if an earlier state has said another
    void add(long index, NodeState state) throws RefusedException {
        for (var tenant : state.tenants()) {
            for (var key : tenant.keys()) {
                var name = "key " + key.id() + " of tenant " + tenant.tenant() + ", version " + key.version();
                var said = new Said(key.check(), index);
                var first = values.computeIfAbsent(name, _ -> said);
                if (!first.check().equals(said.check())) {
                    throw new RefusedException(
                            DocumentReason.KEY_EQUIVOCATION, name + ", is another key than in state " + first.index());
                }
            }
        }
    }

    /// Begins anew if `next` is the first to name a compromised key of role `state`: by that key anybody could have
    /// said a check value.
    ///
    /// @param before all roots until then
    void under(List<Verified<TrustRoot>> before, TrustRoot next) {
        var compromised = new HashSet<>(next.compromised());
        compromised.removeAll(before.getLast().value().compromised());
        if (before.stream().anyMatch(root -> root.value().hasOneOf(compromised, Role.STATE))) {
            values.clear();
        }
    }
}
