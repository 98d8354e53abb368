package dev.mvm.protocol.trust.authoring;

import dev.mvm.model.Grammar;

/// A name of operators for several nodes together, such as a rack, a purpose or a failure domain.
///
/// @param value 1 to 63 characters of `a-z`, `0-9`, `-`; begins with a letter, does not end in a hyphen
public record NodeLabel(String value) implements Comparable<NodeLabel> {
    public NodeLabel {
        Grammar.checkLabel("a label of nodes", value);
    }

    @Override
    public int compareTo(NodeLabel other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
