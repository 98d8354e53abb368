package dev.mvm.coordinator.fleet;

import dev.mvm.model.NetId;
import dev.mvm.model.Subnet;
import dev.mvm.model.TenantNet;
import java.util.Optional;

/// Which network the next tenant gets. Net ids are handed out in order and never again, so that the address of a
/// tenant that is gone never means another one.
///
/// @param used how many net ids have ever been handed out, 0 to 4096
public record Allocation(int used) {
    public static final Allocation NOTHING = new Allocation(0);

    public Allocation {
        if (used < 0 || used > NetId.MAX + 1) {
            throw new IllegalArgumentException("net ids used: " + used);
        }
    }

    /// The next network, or empty when all 4096 have been used.
    public Optional<TenantNet> next() {
        if (used > NetId.MAX) {
            return Optional.empty();
        }
        var net = new NetId(used);
        return Optional.of(new TenantNet(net, Subnet.forNet(net)));
    }

    /// After the next network was handed out.
    public Allocation taken() {
        return new Allocation(used + 1);
    }
}
