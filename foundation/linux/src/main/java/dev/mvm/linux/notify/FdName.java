package dev.mvm.linux.notify;

/// The name of a descriptor that the service manager keeps; sd_pid_notify_with_fds(3), FDNAME.
///
/// @param value 1 to 255 printable ASCII characters, no space and no colon
public record FdName(String value) {
    private static final int LONGEST = 255;

    public FdName {
        boolean fits = !value.isEmpty() && value.length() <= LONGEST;
        if (!fits || value.chars().anyMatch(c -> c <= ' ' || c >= 0x7f || c == ':')) {
            throw new IllegalArgumentException("not a name for a descriptor");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
