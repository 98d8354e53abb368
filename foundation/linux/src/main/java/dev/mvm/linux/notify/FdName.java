package dev.mvm.linux.notify;

/// The name of a descriptor that the service manager keeps; sd_pid_notify_with_fds(3), FDNAME.
///
/// @param value 1 to 255 printable ASCII characters, no space and no colon
public record FdName(String value) {
    public FdName {
        if (!value.matches("[!-9;-~]{1,255}")) {
            throw new IllegalArgumentException("not a name for a descriptor");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
