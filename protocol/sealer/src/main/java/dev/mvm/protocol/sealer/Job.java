package dev.mvm.protocol.sealer;

/// The one job of a sealer, after which it ends.
public enum Job {
    SEAL("seal"),
    OPEN("open"),
    /// Wraps a snapshot's own key with another of the tenant's, in a second manifest. The streams stay as they are.
    REWRAP("rewrap");

    private final String word;

    Job(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }
}
