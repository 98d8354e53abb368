package dev.mvm.coordinator.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.coordinator.store.Key;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import org.junit.jupiter.api.Test;

/// The keys of records in existing stores.
final class StoreKeysTest {
    @Test
    void keys_areThoseOfTheFormat() {
        var tenant = new TenantId("demo");
        var node = new NodeId("n-one");
        var key = new KeyName("disk");
        assertThat(FleetKeys.ALLOCATION).isEqualTo(new Key("/allocation"));
        assertThat(FleetKeys.tenantKey(tenant)).isEqualTo(new Key("/tenants/demo"));
        assertThat(FleetKeys.rootKey(7)).isEqualTo(new Key("/roots/0000000007"));
        assertThat(FleetKeys.grantKey(tenant)).isEqualTo(new Key("/grants/demo"));
        assertThat(FleetKeys.wantsKey(tenant)).isEqualTo(new Key("/wants/demo"));
        assertThat(FleetKeys.liveKey(node)).isEqualTo(new Key("/live/n-one"));
        assertThat(FleetKeys.stateKey(node)).isEqualTo(new Key("/states/n-one"));
        assertThat(FleetKeys.namedKey(tenant, key)).isEqualTo(new Key("/named-keys/demo/disk"));
        assertThat(FleetKeys.nodeDocument(node, 7)).isEqualTo(new Key("/node-documents/n-one/0000000007"));
        assertThat(FleetKeys.operatorKey("ada")).isEqualTo(new Key("/operators/ada"));
        assertThat(FleetKeys.publishedKey(Digest.of(new byte[] {1})))
                .isEqualTo(new Key("/published/4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a"));
    }
}
