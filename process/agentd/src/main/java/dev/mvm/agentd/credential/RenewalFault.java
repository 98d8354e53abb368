package dev.mvm.agentd.credential;

/// The reason for which a certificate was not renewed. The words are stable.
public enum RenewalFault {
    UNREACHABLE("unreachable"),
    REFUSED("refused"),
    MALFORMED("malformed"),
    NO_AUTHORITIES("no_authorities"),
    WRONG_KEY("wrong_key"),
    WRONG_NAME("wrong_name"),
    WRONG_USE("wrong_use"),
    NOT_VALID_NOW("not_valid_now"),
    UNKNOWN_AUTHORITY("unknown_authority"),
    NOT_WRITTEN("not_written");

    private final String word;

    RenewalFault(String word) {
        this.word = word;
    }

    /// The word as in metrics and logs.
    public String word() {
        return word;
    }
}
