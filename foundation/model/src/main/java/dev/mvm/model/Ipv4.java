package dev.mvm.model;

/// An IPv4 address, held as its 32 bits. The JDK's own address type can resolve names; this one cannot.
public record Ipv4(int bits) implements Comparable<Ipv4> {
    /// Reads dotted-decimal notation, four parts, no leading zeros.
    ///
    /// @throws IllegalArgumentException for anything else
    public static Ipv4 parse(String text) {
        var parts = text.split("\\.", -1);
        int bits = 0;
        boolean good = parts.length == 4;
        for (int i = 0; good && i < 4; i++) {
            int octet = octet(parts[i]);
            good = octet >= 0;
            bits = (bits << 8) | octet;
        }
        if (!good) {
            throw new IllegalArgumentException("not an IPv4 address: '" + Grammar.shown(text) + "'");
        }
        return new Ipv4(bits);
    }

    private static int octet(String part) {
        int value = 0;
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            if (c < '0' || c > '9' || i == 3) {
                return -1;
            }
            value = value * 10 + (c - '0');
        }
        boolean plain = !part.isEmpty() && (part.length() == 1 || part.charAt(0) != '0');
        return plain && value <= 255 ? value : -1;
    }

    @Override
    public int compareTo(Ipv4 other) {
        return Integer.compareUnsigned(bits, other.bits);
    }

    @Override
    public String toString() {
        return (bits >>> 24) + "." + ((bits >>> 16) & 255) + "." + ((bits >>> 8) & 255) + "." + (bits & 255);
    }
}
