package dev.mvm.model;

/// An IPv4 address, held as its 32 bits. The JDK's own address type can resolve names; this one cannot.
public record Ipv4(int bits) {
    private static final String PART = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";

    /// Reads dotted-decimal notation, four parts, no leading zeros.
    ///
    /// @throws IllegalArgumentException for anything else
    public static Ipv4 parse(String text) {
        if (!text.matches(PART + "(\\." + PART + "){3}")) {
            throw new IllegalArgumentException("not an IPv4 address: '" + Grammar.shown(text) + "'");
        }
        int bits = 0;
        for (var part : text.split("\\.", -1)) {
            bits = bits << 8 | Integer.parseInt(part);
        }
        return new Ipv4(bits);
    }

    @Override
    public String toString() {
        return (bits >>> 24) + "." + ((bits >>> 16) & 255) + "." + ((bits >>> 8) & 255) + "." + (bits & 255);
    }
}
