package dev.mvm.protocol.sealer;

/// How a guest gets from its VMM to the sealer or back.
public enum TransferMode {
    /// One stream of bytes with all of it.
    STREAM("stream"),
    /// Files that the VMM writes: FUSE. For sealing.
    FILES("files"),
    /// Pages that the VMM misses: userfaultfd; its state by FUSE. For opening.
    PAGES("pages");

    private final String word;

    TransferMode(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }
}
