package dev.mvm.coordinator.node;

import dev.mvm.model.KeyName;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.HighWaterMark;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The newest version of each tenant's key that nodes say they have taken. What a node has told stays when it
/// disconnects, and when it tells less: what it has forgotten under a new trust root may still be on its disk.
/// Thread-safe.
public final class TakenKeys {
    private static final int NAME = 127; // two labels, and what is between them

    private final Map<NodeId, Map<String, Integer>> versions = new ConcurrentHashMap<>();

    /// A node has told.
    ///
    /// @param said versions by `TENANT/KEY`; more than a node can remember are left out
    void told(NodeId node, Map<String, Integer> said) {
        var known = versions.computeIfAbsent(node, _ -> new ConcurrentHashMap<>());
        said.forEach((name, version) -> {
            if (name.length() <= NAME && (known.size() < HighWaterMark.MAX_KEYS || known.containsKey(name))) {
                known.merge(name, version, Math::max);
            }
        });
    }

    /// Returns the newest version of a key that any node has reported; 0 if no node has reported one.
    public int newest(TenantId tenant, KeyName key) {
        var name = tenant + "/" + key;
        return versions.values().stream()
                .mapToInt(each -> each.getOrDefault(name, 0))
                .max()
                .orElse(0);
    }
}
