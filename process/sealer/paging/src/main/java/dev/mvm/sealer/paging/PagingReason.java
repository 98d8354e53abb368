package dev.mvm.sealer.paging;

/// Reasons for which an exchange with a VMM ends early. The codes are stable.
public enum PagingReason {
    /// The first message is not the one that says where memory is.
    MESSAGE("message"),
    /// The regions are not those of this guest's memory: too many, not of whole pages, over each other, or of
    /// another size together.
    REGIONS("regions"),
    /// The message came with no descriptor or several, or the one is not a userfaultfd with the required features.
    DESCRIPTOR("descriptor"),
    /// A kind of event that a VMM has no need for.
    EVENT("event"),
    /// A fault outside of the regions.
    FAULT_OUTSIDE("fault_outside"),
    /// Memory that was announced is not there, or not registered.
    NOT_REGISTERED("not_registered"),
    /// A request for the directory that no kernel builds, or of a version that is too old.
    REQUEST("request"),
    /// The VMM is gone.
    GONE("gone"),
    /// The sealer was told to stop.
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
