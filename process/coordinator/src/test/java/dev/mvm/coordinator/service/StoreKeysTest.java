package dev.mvm.coordinator.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.coordinator.store.Key;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import org.junit.jupiter.api.Test;

/// Where things are in a store that there is already.
final class StoreKeysTest {
    @Test
    void keys_areThoseOfTheFormat() {
        var tenant = new TenantId("demo");
        var node = new NodeId("n-one");
        var key = new KeyName("disk");
        assertThat(FleetStore.ALLOCATION).isEqualTo(new Key("/allocation"));
        assertThat(FleetStore.tenantKey(tenant)).isEqualTo(new Key("/tenants/demo"));
        assertThat(FleetStore.rootKey(7)).isEqualTo(new Key("/roots/0000000007"));
        assertThat(FleetStore.grantKey(tenant)).isEqualTo(new Key("/grants/demo"));
        assertThat(FleetStore.wantsKey(tenant)).isEqualTo(new Key("/wants/demo"));
        assertThat(FleetStore.liveKey(node)).isEqualTo(new Key("/live/n-one"));
        assertThat(FleetStore.stateKey(node)).isEqualTo(new Key("/states/n-one"));
        assertThat(FleetStore.tenantKeyKey(tenant, key)).isEqualTo(new Key("/keys/demo/disk"));
        assertThat(FleetStore.nodeKey(node)).isEqualTo(new Key("/node-keys/n-one"));
        assertThat(FleetStore.sealedKey(node, tenant, key)).isEqualTo(new Key("/sealed/n-one/demo/disk"));
        assertThat(FleetStore.publishedKey(Digest.of(new byte[] {1})))
                .isEqualTo(new Key("/published/4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a"));
    }
}
