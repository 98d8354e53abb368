package dev.mvm.model;

/// A tenant's network as allocated on the fleet. The node derives names and addresses from it and never invents a
/// range of its own.
public record TenantNet(NetId net, Subnet subnet) {
    /// The tenant's bridge on a node, at most 14 characters; the kernel's limit is 15.
    public String bridge() {
        return "br-tenant-" + net;
    }

    /// The node's own address in the tenant's network.
    public Ipv4 gateway() {
        return subnet.address(1);
    }

    /// The address of the instance in `slot`.
    ///
    /// @throws IllegalArgumentException if the slot belongs to another network or the subnet is too small for it
    public Ipv4 address(Slot slot) {
        if (!slot.net().equals(net)) {
            throw new IllegalArgumentException("slot " + slot + " is not of net " + net);
        }
        return subnet.address(slot.offset());
    }
}
