package dev.mvm.coordinator.node;

import java.util.Map;
import java.util.TreeMap;

/// A node's keys, as the coordinator knows of them since it started.
///
/// @param period of the key blob that the node has taken last, 0 without one
/// @param expires the end of that blob, RFC 3339; empty without one
/// @param fault why the last try has failed, a stable code; empty if it has not
/// @param refused the key service's reasons by tenant
public record NodeKeysView(int period, String expires, String fault, Map<String, String> refused) {
    /// A node that has taken no blob.
    public static final NodeKeysView NONE = new NodeKeysView(0, "", "", Map.of());

    public NodeKeysView {
        refused = Map.copyOf(refused);
    }

    /// Returns the same with the last try failed.
    public NodeKeysView failed(String reason) {
        return new NodeKeysView(period, expires, reason, refused);
    }

    /// Returns the tenants with their reasons, sorted, as one line.
    String refusedLine() {
        var line = new TreeMap<>(refused).toString();
        return line.substring(1, line.length() - 1);
    }
}
