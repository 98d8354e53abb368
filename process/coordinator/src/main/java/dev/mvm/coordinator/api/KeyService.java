package dev.mvm.coordinator.api;

import dev.mvm.coordinator.authz.Admitted;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.FleetKeys;
import dev.mvm.coordinator.fleet.FleetState;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.fleet.StoredTenantKey;
import dev.mvm.coordinator.keys.Keyring;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.crypto.tenantkeys.KeyException;
import dev.mvm.model.KeyName;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.control.v1.Key;
import dev.mvm.protocol.control.v1.KeyVersion;
import dev.mvm.protocol.control.v1.ListKeysRequest;
import dev.mvm.protocol.control.v1.ListKeysResponse;
import dev.mvm.protocol.control.v1.RewrapKeysResponse;
import dev.mvm.protocol.control.v1.RotateKeyRequest;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// Calls about tenants' keys. No answer contains a key, wrapped or plain.
public final class KeyService {
    private final FleetStore records;
    private final Keyring keyring;

    public KeyService(FleetStore records, Keyring keyring) {
        this.records = records;
        this.keyring = keyring;
    }

    public ListKeysResponse list(Admitted caller, ListKeysRequest request) throws ProblemException, StoreException {
        var only = RequestFields.optional(request.getTenant(), TenantId::new);
        var fleet = records.state();
        var holders = keyring.holders();
        var out = ListKeysResponse.newBuilder();
        for (var entry : records.store().range(FleetKeys.KEYS).entries()) {
            var key = FleetStore.tenantKeyOf(entry);
            if (caller.covers(key.tenant().value())
                    && (only.isEmpty() || only.get().equals(key.tenant()))) {
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
        var tenant = RequestFields.parsed(request.getTenant(), TenantId::new);
        var id = RequestFields.parsed(request.getKey(), KeyName::new);
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
}
