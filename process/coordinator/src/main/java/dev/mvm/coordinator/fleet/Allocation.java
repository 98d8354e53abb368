package dev.mvm.coordinator.fleet;

import dev.mvm.model.NetId;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.trust.authoring.DefaultSubnet;
import java.util.Optional;

/// The allocation of networks to tenants. Net ids are given in order and never again, so that the address of a
/// destroyed tenant never belongs to another one.
///
/// @param used number of net ids that were ever given, 0 to 4096
public record Allocation(int used) {
    public static final Allocation NOTHING = new Allocation(0);

    public Allocation {
        if (used < 0 || used > NetId.MAX + 1) {
            throw new IllegalArgumentException("net ids used: " + used);
        }
    }

    /// Returns the next network; empty if all 4096 have been used.
    public Optional<TenantNet> next() {
        if (used > NetId.MAX) {
            return Optional.empty();
        }
        var net = new NetId(used);
        return Optional.of(new TenantNet(net, DefaultSubnet.of(net)));
    }

    /// Returns the allocation after the next network was given.
    public Allocation taken() {
        return new Allocation(used + 1);
    }
}
