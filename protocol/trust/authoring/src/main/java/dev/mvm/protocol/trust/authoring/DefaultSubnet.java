package dev.mvm.protocol.trust.authoring;

import dev.mvm.model.NetId;
import dev.mvm.model.Subnet;

/// The network of a tenant for which no other was asked.
public final class DefaultSubnet {
    private DefaultSubnet() {}

    /// The /24 that belongs to a net id: 10.240.0.0/24 for 0, 10.240.1.0/24 for 1, 10.255.255.0/24 for the last.
    public static Subnet of(NetId net) {
        return Subnet.parse("10." + (240 + net.value() / 256) + "." + net.value() % 256 + ".0/24");
    }
}
