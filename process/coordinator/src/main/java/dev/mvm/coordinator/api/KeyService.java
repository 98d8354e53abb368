package dev.mvm.coordinator.api;

import dev.mvm.coordinator.authz.Admitted;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.FleetState;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.keyd.Keyd;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.model.KeyName;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.control.v1.Key;
import dev.mvm.protocol.control.v1.KeyVersion;
import dev.mvm.protocol.control.v1.ListKeysRequest;
import dev.mvm.protocol.control.v1.ListKeysResponse;
import dev.mvm.protocol.control.v1.RewrapKeysResponse;
import dev.mvm.protocol.control.v1.RotateKeyRequest;
import dev.mvm.protocol.keyd.service.KeydReply;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Calls about tenants' keys, which the key service has. No answer contains a key.
public final class KeyService {
    private final FleetStore records;
    private final Keyd keyd;

    public KeyService(FleetStore records, Keyd keyd) {
        this.records = records;
        this.keyd = keyd;
    }

    public ListKeysResponse list(Admitted caller, ListKeysRequest request) throws ProblemException, StoreException {
        var only = RequestFields.optional(request.getTenant(), TenantId::new);
        var fleet = records.state();
        var nodes = keyd.holders();
        var out = ListKeysResponse.newBuilder();
        for (var key : keyd.keys(only)) {
            if (caller.covers(key.tenant().value())) {
                out.addKeys(message(fleet, key, nodes.getOrDefault(key.tenant() + "/" + key.id(), Map.of())));
            }
        }
        return out.build();
    }

    private static int minimum(FleetState fleet, TenantId tenant, KeyName id) {
        return fleet.member(tenant)
                .flatMap(FleetState.Member::grant)
                .flatMap(grant -> grant.keys().stream()
                        .filter(each -> each.id().equals(id))
                        .findFirst())
                .map(each -> each.minVersion())
                .orElse(0);
    }

    private static Key message(FleetState fleet, KeydReply.StoredKey key, Map<Integer, List<String>> holders) {
        var out = Key.newBuilder()
                .setTenant(key.tenant().value())
                .setKey(key.id().value())
                .setPurpose(key.purpose().word())
                .setVersion(key.primary())
                .setMinVersion(minimum(fleet, key.tenant(), key.id()));
        for (var version : key.versions()) {
            out.addVersions(KeyVersion.newBuilder()
                    .setVersion(version.version())
                    .setMadeAt(Instant.ofEpochSecond(version.made()).toString())
                    .addAllNodes(holders.getOrDefault(version.version(), List.of())));
        }
        return out.build();
    }

    Key rotate(RotateKeyRequest request) throws ProblemException, StoreException {
        var tenant = RequestFields.parsed(request.getTenant(), TenantId::new);
        var id = RequestFields.parsed(request.getKey(), KeyName::new);
        int version = keyd.rotate(tenant, id);
        for (var key : keyd.keys(Optional.of(tenant))) {
            if (key.id().equals(id)) {
                return message(records.state(), key, Map.of());
            }
        }
        throw new ProblemException(
                Fault.UNAVAILABLE, "keyd_malformed_answer", "the key service has version " + version + " of no key");
    }

    RewrapKeysResponse rewrap() throws ProblemException {
        keyd.rewrap();
        return RewrapKeysResponse.getDefaultInstance();
    }
}
