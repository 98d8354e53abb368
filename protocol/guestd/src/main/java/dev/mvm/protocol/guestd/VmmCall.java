package dev.mvm.protocol.guestd;

/// What a guestd is told to do with a VMM through its API. `docs/protocol/guestline.md` says what each means.
public enum VmmCall {
    /// To make a fresh VMM ready to boot.
    CONFIGURE("configure"),
    START("start"),
    PAUSE("pause"),
    /// To let a paused guest run that has run in this process before.
    RESUME("resume"),
    /// To say whether the guest runs or is paused.
    STATE("state"),
    /// To write a paused guest to `/snap`.
    SAVE("save"),
    /// To make of a fresh VMM the guest that was saved, paused.
    LOAD("load"),
    /// To let a guest run that was loaded.
    GO_ON("go_on");

    private final String word;

    VmmCall(String word) {
        this.word = word;
    }

    /// As it is in packets.
    public String word() {
        return word;
    }
}
