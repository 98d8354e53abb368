package dev.mvm.linux.netdev;

/// A hardware address of Ethernet: 48 bits, the first byte on the wire being the highest.
public record MacAddress(long bits) {
    /// Address of devices without one.
    public static final MacAddress NONE = new MacAddress(0);

    private static final int LENGTH = 6;

    public MacAddress {
        if (bits >>> 48 != 0) {
            throw new IllegalArgumentException("a hardware address has 48 bits");
        }
    }

    /// The address in six bytes, in the order they are sent.
    public static MacAddress of(byte[] wire) {
        if (wire.length != LENGTH) {
            throw new IllegalArgumentException("a hardware address has 6 bytes");
        }
        long bits = 0;
        for (byte octet : wire) {
            bits = (bits << 8) | (octet & 0xff);
        }
        return new MacAddress(bits);
    }

    /// Six bytes in the order they are sent.
    public byte[] bytes() {
        var wire = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            wire[i] = (byte) (bits >>> (8 * (LENGTH - 1 - i)));
        }
        return wire;
    }

    /// Lower-case hexadecimal with colons, `02:fc:00:00:00:01`.
    @Override
    public String toString() {
        var wire = bytes();
        return "%02x:%02x:%02x:%02x:%02x:%02x".formatted(wire[0], wire[1], wire[2], wire[3], wire[4], wire[5]);
    }
}
