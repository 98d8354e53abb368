package dev.mvm.protocol.sealing;

/// How a guest gets from its VMM to the sealer or back.
public enum Way {
    /// One stream of bytes with all of it.
    STREAM("stream");

    private final String word;

    Way(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }
}
