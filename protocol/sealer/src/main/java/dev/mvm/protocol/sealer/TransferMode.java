package dev.mvm.protocol.sealer;

/// The way of a guest's state between its VMM and the sealer.
public enum TransferMode {
    /// One stream of bytes with the whole state.
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
