package dev.mvm.coordinator.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.json.JsonException;
import dev.mvm.model.NetId;
import dev.mvm.model.Subnet;
import dev.mvm.model.TenantNet;
import dev.mvm.property.Property;
import java.util.ArrayList;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

final class AllocationTest {
    @Test
    void networks_neverOverlapAndAreNeverUsedAgain() {
        Property.holds(200, draw -> {
            var allocation = new Allocation(draw.intBetween(0, NetId.MAX - 40));
            var networks = new ArrayList<TenantNet>();
            for (int i = draw.intBetween(2, 40); i > 0; i--) {
                networks.add(allocation.next().orElseThrow());
                // what is kept is what the next one is decided by
                allocation = Records.allocation(Records.bytes(allocation.taken()));
            }
            for (int i = 0; i < networks.size(); i++) {
                for (int j = 0; j < i; j++) {
                    assertThat(networks.get(i).net())
                            .isNotEqualTo(networks.get(j).net());
                    assertThat(networks.get(i).subnet().overlaps(networks.get(j).subnet()))
                            .isFalse();
                }
            }
        });
    }

    @Test
    void all4096_areHandedOutOnceAndThenNoMore() {
        var allocation = Allocation.NOTHING;
        var nets = new HashSet<NetId>();
        var subnets = new HashSet<Subnet>();
        for (int i = 0; i <= NetId.MAX; i++) {
            var network = allocation.next().orElseThrow();
            assertThat(nets.add(network.net()) && subnets.add(network.subnet())).isTrue();
            assertThat(network.subnet().prefix()).isEqualTo(24);
            allocation = allocation.taken();
        }
        assertThat(allocation.next()).isEmpty();
        assertThatThrownBy(allocation::taken).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void damagedRecord_isRefused() {
        assertThatThrownBy(() -> Records.allocation("{\"used\":-1}".getBytes(UTF_8)))
                .isInstanceOf(JsonException.class);
        assertThatThrownBy(() -> Records.allocation("{\"used\":4097}".getBytes(UTF_8)))
                .isInstanceOf(JsonException.class);
    }
}
