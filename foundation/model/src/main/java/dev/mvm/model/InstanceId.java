package dev.mvm.model;

/// Name of one microVM, unique on the fleet. Safe as a path segment, a cgroup name and a jailer id by construction.
///
/// @param value `i-` and eight lower-case hexadecimal digits
public record InstanceId(String value) implements Comparable<InstanceId> {
    public InstanceId {
        if (!Grammar.isHex(value, "i-", 8)) {
            throw new IllegalArgumentException(
                    "not an instance id: '" + Grammar.shown(value) + "' (want i- and 8 hexadecimal digits)");
        }
    }

    /// The id whose digits spell `bits`.
    public static InstanceId of(int bits) {
        return new InstanceId("i-%08x".formatted(bits));
    }

    /// A record's own method is linked at its first call, which takes a tenth of a daemon's whole start.
    @Override
    public boolean equals(Object other) {
        return other instanceof InstanceId(var text) && text.equals(value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public int compareTo(InstanceId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
