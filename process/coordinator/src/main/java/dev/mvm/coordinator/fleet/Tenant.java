package dev.mvm.coordinator.fleet;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.NetId;
import dev.mvm.model.Subnet;
import dev.mvm.model.TenantId;
import dev.mvm.model.TenantNet;
import java.time.Instant;

/// A tenant's record. It stays after the tenant is destroyed, so that its name and network are never given to
/// another.
///
/// @param destroyed whether the tenant was destroyed, and this is its tombstone
public record Tenant(TenantId tenant, TenantNet network, Instant createdAt, boolean destroyed) {
    Tenant(JsonFields fields) throws JsonException {
        this(
                fields.parsed("tenant", TenantId::new),
                new TenantNet(
                        new NetId(fields.intBetween("net_id", 0, NetId.MAX)), fields.parsed("subnet", Subnet::parse)),
                fields.parsed("created_at", Instant::parse),
                fields.bool("destroyed"));
    }

    public Tenant tombstone() {
        return new Tenant(tenant, network, createdAt, true);
    }

    Json.Obj json() {
        return Json.object()
                .put("tenant", tenant.value())
                .put("net_id", network.net().value())
                .put("subnet", network.subnet().toString())
                .put("created_at", createdAt.toString())
                .put("destroyed", destroyed)
                .end();
    }
}
