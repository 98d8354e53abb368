package dev.mvm.model;

/// The place of an instance in its tenant's network on one node. Everything the kernel needs a name for follows
/// from it, so that no name ever has to be sent to the root process.
///
/// @param net the tenant's net id
/// @param offset 3 to 254; .1 is the gateway, .2 the builder
public record Slot(NetId net, int offset) implements Comparable<Slot> {
    public static final int FIRST = 3;
    public static final int LAST = 254;

    /// First user id of microVMs. The range of 4096 x 256 ids that begins here lies above systemd's container ids
    /// and the default `/etc/subuid` ranges and below 2^31, so it meets no system, dynamic, `nobody` or
    /// subordinate id (systemd's "Users, Groups, UIDs and GIDs on systemd Systems").
    public static final int UID_BASE = 0x7000_0000;

    public Slot {
        if (offset < FIRST || offset > LAST) {
            throw new IllegalArgumentException(
                    "not an address offset: " + offset + " (want " + FIRST + " to " + LAST + ")");
        }
    }

    /// The tap device, at most 12 characters; the kernel's limit is 15.
    public String tap() {
        return "tn" + net + "i" + offset;
    }

    /// The guest's hardware address: locally administered, unicast, the same every time.
    public String mac() {
        return "02:fc:%02x:%02x:00:%02x".formatted(net.value() >> 8, net.value() & 255, offset);
    }

    /// User and group id of the microVM's processes, unique on the node.
    public int uid() {
        return UID_BASE + net.value() * 256 + offset;
    }

    @Override
    public int compareTo(Slot other) {
        int byNet = net.compareTo(other.net);
        return byNet != 0 ? byNet : Integer.compare(offset, other.offset);
    }

    @Override
    public String toString() {
        return net + "." + offset;
    }
}
