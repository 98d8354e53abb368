package dev.mvm.protocol.sealing;

import java.util.Locale;

/// How a guest gets from its VMM to the sealer or back.
public enum Way {
    /// One stream of bytes with all of it.
    STREAM,
    /// Files that the VMM writes: FUSE. For sealing.
    FILES,
    /// Pages that the VMM misses: userfaultfd; its state by FUSE. For opening.
    PAGES;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
