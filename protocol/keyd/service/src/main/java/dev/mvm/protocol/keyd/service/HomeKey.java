package dev.mvm.protocol.keyd.service;

import dev.mvm.model.NodeId;

/// The key that a node gets in place of a tenant's key: a key of 32 bytes that HKDF-Expand with SHA-256 (RFC 5869)
/// derives from
/// it for the node where things are sealed.
public final class HomeKey {
    private static final String INFO = "mvm key home v1\n";

    private HomeKey() {}

    /// HKDF's `info`, ASCII.
    public static String info(NodeId home) {
        return INFO + home;
    }
}
