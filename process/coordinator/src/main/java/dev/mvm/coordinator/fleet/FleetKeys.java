package dev.mvm.coordinator.fleet;

import dev.mvm.coordinator.store.Key;
import dev.mvm.coordinator.store.KeyRange;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import java.util.Locale;

/// The layout of the store: the key of each record. Keys are a format; a store that exists has to be found again.
public final class FleetKeys {
    public static final KeyRange TENANTS = KeyRange.under("/tenants/");
    public static final KeyRange GRANTS = KeyRange.under("/grants/");
    public static final KeyRange WANTS = KeyRange.under("/wants/");
    public static final KeyRange LIVE = KeyRange.under("/live/");
    public static final KeyRange NODES = KeyRange.under("/nodes/");
    public static final KeyRange ROOTS = KeyRange.under("/roots/");
    public static final KeyRange NODE_DOCUMENTS = KeyRange.under("/node-documents/");
    public static final KeyRange TOMBSTONES = KeyRange.under("/tombstones/");
    public static final KeyRange MEASUREMENTS = KeyRange.under("/measurements/");
    public static final KeyRange NAMED_KEYS = KeyRange.under("/named-keys/");
    public static final KeyRange OPERATORS = KeyRange.under("/operators/");
    public static final Key ALLOCATION = new Key("/allocation");

    private FleetKeys() {}

    public static Key tenantKey(TenantId tenant) {
        return new Key("/tenants/" + tenant);
    }

    /// Trust roots sort by version.
    public static Key rootKey(int version) {
        return new Key(String.format(Locale.ROOT, "/roots/%010d", version));
    }

    public static Key grantKey(TenantId tenant) {
        return new Key("/grants/" + tenant);
    }

    /// The desired counts and revisions of a tenant's pools.
    public static Key wantsKey(TenantId tenant) {
        return new Key("/wants/" + tenant);
    }

    /// Exists for as long as the node's lease is kept alive.
    public static Key liveKey(NodeId node) {
        return new Key("/live/" + node);
    }

    /// Exists from the first connection of the node on.
    static Key knownKey(NodeId node) {
        return new Key("/nodes/" + node);
    }

    public static Key stateKey(NodeId node) {
        return new Key("/states/" + node);
    }

    /// A node document. Those of one node sort by version.
    public static Key nodeDocument(NodeId node, int version) {
        return new Key(String.format(Locale.ROOT, "/node-documents/%s/%010d", node, version));
    }

    /// All documents of a node.
    public static KeyRange documentsOf(NodeId node) {
        return KeyRange.under("/node-documents/" + node + "/");
    }

    /// The operators' word that a tenant has ended. It stays.
    static Key tombstoneKey(TenantId tenant) {
        return new Key("/tombstones/" + tenant);
    }

    /// A list of measurements. They sort by version.
    static Key measurementsKey(int version) {
        return new Key(String.format(Locale.ROOT, "/measurements/%010d", version));
    }

    /// The version at the end of the key of a document of which all versions are kept.
    public static int versionIn(Key key) {
        return Integer.parseInt(key.path().substring(key.path().lastIndexOf('/') + 1));
    }

    /// A tenant's key of the key service, as states name it.
    public static Key namedKey(TenantId tenant, KeyName id) {
        return new Key("/named-keys/" + tenant + "/" + id);
    }

    /// An operator's record. It stays after the operator is revoked.
    public static Key operatorKey(String name) {
        return new Key("/operators/" + name);
    }

    /// A grant that was ever published. It stays, because the log of states refers to it.
    public static Key publishedKey(Digest grant) {
        return new Key("/published/" + grant.hex());
    }
}
