package dev.mvm.protocol.trust.authoring;

import java.util.regex.Pattern;

/// One boot of a machine, as Linux names it in `/proc/sys/kernel/random/boot_id`.
///
/// @param value 36 characters, lower case: `8c1f0a52-2b9e-4a64-9a0f-3f6b2d1c7e10`
public record BootId(String value) implements Comparable<BootId> {
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    public BootId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "not a boot id (want the 36 characters of /proc/sys/kernel/random/boot_id)");
        }
    }

    @Override
    public int compareTo(BootId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
