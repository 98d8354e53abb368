package dev.mvm.hostd.registry;

/// History of an instance's sleeps on hostd's own disk: a snapshot is believed only where it agrees with this.
///
/// @param epoch grows with each sleep that is begun and each wake: what was sealed in an earlier one is never opened
/// @param sealed the epoch of the last snapshot that was sealed to its end, 0 if there was none
/// @param bytes what it takes on disk
/// @param sealMillis how long the sealing took
/// @param openMillis how long the last wake took until the guest had confirmed it, 0 if there was none
/// @param at when it was sealed, seconds since 1970
public record Sleep(long epoch, long sealed, long bytes, long sealMillis, long openMillis, long at) {
    /// Returns the history of an instance that has never slept; its first sleep has the epoch after `epoch`.
    public static Sleep after(long epoch) {
        return new Sleep(epoch, 0, 0, 0, 0, 0);
    }

    /// Returns whether the last snapshot may be opened.
    public boolean mayWake() {
        return sealed > 0 && sealed == epoch;
    }

    /// Returns the next epoch, in which no earlier snapshot may be opened.
    public Sleep next() {
        return new Sleep(epoch + 1, sealed, bytes, sealMillis, openMillis, at);
    }

    /// After the snapshot of this epoch has been sealed.
    public Sleep sealed(long size, long millis, long when) {
        return new Sleep(epoch, epoch, size, millis, openMillis, when);
    }

    public Sleep woken(long millis) {
        return new Sleep(epoch, sealed, bytes, sealMillis, millis, at);
    }
}
