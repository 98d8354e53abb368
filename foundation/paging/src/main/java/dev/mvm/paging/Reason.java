package dev.mvm.paging;

import java.util.Locale;

/// Why a conversation with a VMM ended. The codes are stable.
public enum Reason {
    /// What came first is not the message that says where memory is.
    MESSAGE,
    /// The regions are not those of this guest's memory: too many, not of whole pages, over each other, or of another
    /// size together.
    REGIONS,
    /// Not one descriptor came along, or it is not a userfaultfd as it has to be.
    DESCRIPTOR,
    /// A kind of event that a VMM has no need for.
    EVENT,
    /// A fault outside of the regions.
    FAULT_OUTSIDE,
    /// Memory that was announced is not there, or not registered.
    NOT_REGISTERED,
    /// A request for the directory that is not built as the kernel builds them, or older than what is spoken here.
    REQUEST,
    /// The VMM is gone.
    GONE,
    /// Our own side wanted the end.
    STOPPED;

    /// The stable code, such as `fault_outside`.
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }
}
