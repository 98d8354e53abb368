package dev.mvm.model;

import java.util.Arrays;
import java.util.Optional;

/// The mode that a node was installed in; a file of root's fixes it.
public enum NodeMode {
    /// QEMU in user namespaces, on a developer's machine.
    DEV("dev"),
    /// Firecracker and jailer under units of the host's PID 1.
    HARDENED("hardened");

    private final String word;

    NodeMode(String word) {
        this.word = word;
    }

    /// The word for it in configuration, signed documents and reports.
    public String word() {
        return word;
    }

    /// Returns whether a node in this mode confines at least as well as one in `least`.
    public boolean satisfies(NodeMode least) {
        return compareTo(least) >= 0;
    }

    /// The mode that `word` means, or empty.
    public static Optional<NodeMode> of(String word) {
        return Arrays.stream(values()).filter(mode -> mode.word.equals(word)).findFirst();
    }
}
