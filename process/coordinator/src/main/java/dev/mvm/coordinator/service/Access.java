package dev.mvm.coordinator.service;

import static dev.mvm.coordinator.pki.CertificateRole.NODE;
import static dev.mvm.coordinator.pki.CertificateRole.OPERATOR;

import dev.mvm.coordinator.pki.CertificateRole;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Who may call what, on either port. A method that is not here does not exist.
public final class Access {
    private static final String FLEET = "mvm.control.v1.Fleet/";
    private static final String NODE_LINK = "mvm.control.v1.NodeLink/";

    private static final Map<String, CertificateRole> TABLE = Map.ofEntries(
            Map.entry(FLEET + "ListInstances", OPERATOR),
            Map.entry(FLEET + "GetInstance", OPERATOR),
            Map.entry(FLEET + "ChangeInstance", OPERATOR),
            Map.entry(FLEET + "Exec", OPERATOR),
            Map.entry(FLEET + "ListPools", OPERATOR),
            Map.entry(FLEET + "ScalePool", OPERATOR),
            Map.entry(FLEET + "RevisePool", OPERATOR),
            Map.entry(FLEET + "ListTenants", OPERATOR),
            Map.entry(FLEET + "CreateTenant", OPERATOR),
            Map.entry(FLEET + "DestroyTenant", OPERATOR),
            Map.entry(FLEET + "PublishGrant", OPERATOR),
            Map.entry(FLEET + "PublishRoot", OPERATOR),
            Map.entry(FLEET + "ListRoots", OPERATOR),
            Map.entry(FLEET + "GetGrant", OPERATOR),
            Map.entry(FLEET + "ListLog", OPERATOR),
            Map.entry(FLEET + "GetLogHead", OPERATOR),
            Map.entry(FLEET + "GetLogProof", OPERATOR),
            Map.entry(FLEET + "GetLogConsistency", OPERATOR),
            Map.entry(FLEET + "ListKeys", OPERATOR),
            Map.entry(FLEET + "RotateKey", OPERATOR),
            Map.entry(FLEET + "RewrapKeys", OPERATOR),
            Map.entry(FLEET + "EnrolNodeKey", OPERATOR),
            Map.entry(FLEET + "ListNodes", OPERATOR),
            Map.entry(FLEET + "GetNode", OPERATOR),
            Map.entry(FLEET + "VerifyNetworks", OPERATOR),
            Map.entry(FLEET + "AskAgent", OPERATOR),
            Map.entry(FLEET + "ReadAudit", OPERATOR),
            Map.entry(FLEET + "ListEvents", OPERATOR),
            Map.entry(NODE_LINK + "Watch", NODE),
            Map.entry(NODE_LINK + "Session", NODE),
            Map.entry(NODE_LINK + "Consistency", NODE),
            Map.entry(NODE_LINK + "Renew", NODE));

    private Access() {}

    /// The one role that may call a method.
    ///
    /// @param method full name, as `mvm.control.v1.Fleet/ListPools`
    public static Optional<CertificateRole> roleFor(String method) {
        return Optional.ofNullable(TABLE.get(method));
    }

    /// All methods that exist.
    public static Set<String> methods() {
        return TABLE.keySet();
    }
}
