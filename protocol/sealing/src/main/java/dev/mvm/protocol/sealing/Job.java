package dev.mvm.protocol.sealing;

/// What a sealer does, once, before it ends.
public enum Job {
    SEAL("seal"),
    OPEN("open");

    private final String word;

    Job(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }
}
