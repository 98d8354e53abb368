package dev.mvm.model;

/// Number of a tenant's network, unique on the fleet and never reused. Interface names, addresses and user ids
/// follow from it.
///
/// @param value 0 to 4095
public record NetId(int value) implements Comparable<NetId> {
    public static final int MAX = 4095;

    public NetId {
        if (value < 0 || value > MAX) {
            throw new IllegalArgumentException("not a net id: " + value + " (want 0 to " + MAX + ")");
        }
    }

    @Override
    public int compareTo(NetId other) {
        return Integer.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Integer.toString(value);
    }
}
