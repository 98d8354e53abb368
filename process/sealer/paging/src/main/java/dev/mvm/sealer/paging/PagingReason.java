package dev.mvm.sealer.paging;

/// Why a conversation with a VMM ended. The codes are stable.
public enum PagingReason {
    /// What came first is not the message that says where memory is.
    MESSAGE("message"),
    /// The regions are not those of this guest's memory: too many, not of whole pages, over each other, or of another
    /// size together.
    REGIONS("regions"),
    /// Not one descriptor came along, or it is not a userfaultfd as it has to be.
    DESCRIPTOR("descriptor"),
    /// A kind of event that a VMM has no need for.
    EVENT("event"),
    /// A fault outside of the regions.
    FAULT_OUTSIDE("fault_outside"),
    /// Memory that was announced is not there, or not registered.
    NOT_REGISTERED("not_registered"),
    /// A request for the directory that is not built as the kernel builds them, or older than what is spoken here.
    REQUEST("request"),
    /// The VMM is gone.
    GONE("gone"),
    /// Our own side wanted the end.
    STOPPED("stopped");

    private final String code;

    PagingReason(String code) {
        this.code = code;
    }

    /// The stable code, such as `fault_outside`.
    public String code() {
        return code;
    }
}
