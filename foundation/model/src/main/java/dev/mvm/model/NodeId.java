package dev.mvm.model;

/// Name of a node: one machine with one hostd.
///
/// @param value 1 to 63 characters of `a-z`, `0-9`, `-`; begins with a letter, does not end in a hyphen
public record NodeId(String value) implements Comparable<NodeId> {
    public NodeId {
        Grammar.checkLabel("a node id", value);
    }

    @Override
    public int compareTo(NodeId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
