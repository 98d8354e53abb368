package dev.mvm.model;

/// An IPv4 network inside mvm's own range, 10.240.0.0/12.
///
/// @param network its lowest address; host bits are zero
/// @param prefix 12 to 29 bits; 29 leaves room for the gateway, the builder and instances
public record Subnet(Ipv4 network, int prefix) {
    private static final int RANGE = 0x0af00000;
    private static final int RANGE_PREFIX = 12;
    private static final int LONGEST = 29;

    public Subnet {
        if (prefix < RANGE_PREFIX || prefix > LONGEST) {
            throw new IllegalArgumentException("not a tenant subnet: /" + prefix + " (want /12 to /29)");
        }
        if ((network.bits() & mask(RANGE_PREFIX)) != RANGE) {
            throw new IllegalArgumentException("not a tenant subnet: " + network + " is outside 10.240.0.0/12");
        }
        if ((network.bits() & ~mask(prefix)) != 0) {
            throw new IllegalArgumentException("not a subnet: " + network + "/" + prefix + " has host bits set");
        }
    }

    /// Reads `a.b.c.d/prefix`.
    ///
    /// @throws IllegalArgumentException for anything else, and for networks outside 10.240.0.0/12
    public static Subnet parse(String text) {
        var parts = text.split("/", -1);
        if (parts.length != 2 || !parts[1].matches("[1-9][0-9]?")) {
            throw new IllegalArgumentException("not a subnet: '" + Grammar.shown(text) + "' (want a.b.c.d/prefix)");
        }
        return new Subnet(Ipv4.parse(parts[0]), Integer.parseInt(parts[1]));
    }

    /// The address `offset` above the network's lowest.
    ///
    /// @throws IllegalArgumentException if that is not a usable host address of this network
    public Ipv4 address(int offset) {
        if (offset < 1 || offset > lastOffset()) {
            throw new IllegalArgumentException("no address " + offset + " in " + this);
        }
        return new Ipv4(network.bits() + offset);
    }

    /// The highest usable offset: the one below the broadcast address.
    public int lastOffset() {
        return (1 << (32 - prefix)) - 2;
    }

    public boolean overlaps(Subnet other) {
        int common = mask(Math.min(prefix, other.prefix));
        return (network.bits() & common) == (other.network.bits() & common);
    }

    private static int mask(int prefix) {
        return -1 << (32 - prefix);
    }

    @Override
    public String toString() {
        return network + "/" + prefix;
    }
}
