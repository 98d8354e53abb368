package dev.mvm.coordinator.service;

import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.FleetState;
import dev.mvm.coordinator.fleet.StoredTenantKey;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.crypto.tenantkeys.KeyException;
import dev.mvm.crypto.tenantkeys.NodePublicKey;
import dev.mvm.model.KeyName;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.control.v1.EnrolNodeKeyRequest;
import dev.mvm.protocol.control.v1.EnrolNodeKeyResponse;
import dev.mvm.protocol.control.v1.Key;
import dev.mvm.protocol.control.v1.KeyVersion;
import dev.mvm.protocol.control.v1.ListKeysRequest;
import dev.mvm.protocol.control.v1.ListKeysResponse;
import dev.mvm.protocol.control.v1.RewrapKeysResponse;
import dev.mvm.protocol.control.v1.RotateKeyRequest;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// What is asked about tenants' keys. No answer holds a key, wrapped or not.
public final class KeyService {
    private final FleetStore records;
    private final Keyring keyring;

    KeyService(FleetStore records, Keyring keyring) {
        this.records = records;
        this.keyring = keyring;
    }

    private static <T> T field(String text, Function<String, T> reading) throws ProblemException {
        try {
            return reading.apply(text);
        } catch (IllegalArgumentException e) {
            throw ProblemException.invalid(String.valueOf(e.getMessage()));
        }
    }

    ListKeysResponse list(ListKeysRequest request) throws ProblemException, StoreException {
        var only = request.getTenant().isEmpty()
                ? Optional.<TenantId>empty()
                : Optional.of(field(request.getTenant(), TenantId::new));
        var fleet = records.state();
        var holders = keyring.holders();
        var out = ListKeysResponse.newBuilder();
        for (var entry : records.store().range(FleetStore.KEYS).entries()) {
            var key = FleetStore.tenantKeyOf(entry);
            if (only.isEmpty() || only.get().equals(key.tenant())) {
                out.addKeys(message(fleet, key, holders.getOrDefault(key.tenant() + "/" + key.id(), Map.of())));
            }
        }
        return out.build();
    }

    private Key message(FleetState fleet, StoredTenantKey key, Map<Integer, List<String>> holders) {
        var granted = fleet.member(key.tenant())
                .flatMap(FleetState.Member::grant)
                .flatMap(grant -> grant.keys().stream()
                        .filter(each -> each.id().equals(key.id()))
                        .findFirst());
        var out = Key.newBuilder()
                .setTenant(key.tenant().value())
                .setKey(key.id().value())
                .setPurpose(key.purpose().word())
                .setVersion(key.newest().version())
                .setMinVersion(granted.map(each -> each.minVersion()).orElse(0))
                .setAuthority(keyring.authority().kind());
        for (var version : key.versions()) {
            out.addVersions(KeyVersion.newBuilder()
                    .setVersion(version.version())
                    .setMaster(keyring.authority().master(version.wrapped()))
                    .setMadeAt(version.madeAt().toString())
                    .addAllNodes(holders.getOrDefault(version.version(), List.of()).stream()
                            .sorted(Comparator.naturalOrder())
                            .toList()));
        }
        return out.build();
    }

    Key rotate(RotateKeyRequest request) throws ProblemException, StoreException {
        var tenant = field(request.getTenant(), TenantId::new);
        var id = field(request.getKey(), KeyName::new);
        try {
            return message(records.state(), keyring.rotate(tenant, id), keyring.holders(tenant, id));
        } catch (KeyException e) {
            throw problem(e);
        }
    }

    RewrapKeysResponse rewrap() throws ProblemException, StoreException {
        try {
            var done = keyring.rewrap();
            return RewrapKeysResponse.newBuilder()
                    .setRewrapped(done.changed())
                    .setUnchanged(done.unchanged())
                    .build();
        } catch (KeyException e) {
            throw problem(e);
        }
    }

    private static ProblemException problem(KeyException e) {
        return new ProblemException(Fault.UNAVAILABLE, e.reason().code(), String.valueOf(e.getMessage()));
    }

    EnrolNodeKeyResponse enrol(EnrolNodeKeyRequest request) throws ProblemException, StoreException {
        var node = field(request.getNode(), NodeId::new);
        var key = field(request.getNodeKey(), NodePublicKey::ofBase64);
        keyring.nodeKeys().enrol(node, key);
        return EnrolNodeKeyResponse.newBuilder()
                .setNode(node.value())
                .setNodeKey(key.fingerprint())
                .build();
    }

    /// The name of a node's key, empty if none is enrolled.
    String nodeKey(NodeId node) throws StoreException {
        return keyring.nodeKeys().of(node).map(NodePublicKey::fingerprint).orElse("");
    }
}
