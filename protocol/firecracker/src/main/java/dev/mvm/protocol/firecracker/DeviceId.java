package dev.mvm.protocol.firecracker;

import java.util.regex.Pattern;

/// The name of a drive or network interface in the API: 1 to 64 ASCII letters, digits and `_`. Firecracker would take
/// letters of any script and any length.
public record DeviceId(String value) {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_]{1,64}");

    public DeviceId {
        Form.check(FORM, value, "a device id");
    }

    @Override
    public String toString() {
        return value;
    }
}
