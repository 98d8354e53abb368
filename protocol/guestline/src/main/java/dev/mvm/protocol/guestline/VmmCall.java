package dev.mvm.protocol.guestline;

import java.util.Locale;

/// What a guestd is told to do with a VMM through its API. `docs/protocol/guestline.md` says what each means.
public enum VmmCall {
    /// To make a fresh VMM ready to boot.
    CONFIGURE,
    START,
    PAUSE,
    /// To let a paused guest run that has run in this process before.
    RESUME,
    /// To say whether the guest runs or is paused.
    STATE,
    /// To write a paused guest to `/snap`.
    SAVE,
    /// To make of a fresh VMM the guest that was saved, paused.
    LOAD,
    /// To let a guest run that was loaded.
    GO_ON;

    /// As it is in packets.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
