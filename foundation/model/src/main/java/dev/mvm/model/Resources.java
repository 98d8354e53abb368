package dev.mvm.model;

/// The size of one instance.
///
/// @param vcpus virtual processors, 1 to 32 (Firecracker's own limit)
/// @param memMib guest memory in MiB, 64 to 1,048,576
/// @param diskGib data volume in GiB, 0 to 65,536; 0 for no volume
public record Resources(int vcpus, int memMib, int diskGib) {
    public Resources {
        check("vcpus", vcpus, 1, 32);
        check("mem_mib", memMib, 64, 1 << 20);
        check("disk_gib", diskGib, 0, 1 << 16);
    }

    /// Returns whether this size is at most `ceiling` in every dimension.
    public boolean within(Resources ceiling) {
        return vcpus <= ceiling.vcpus && memMib <= ceiling.memMib && diskGib <= ceiling.diskGib;
    }

    private static void check(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " is " + value + " (want " + least + " to " + most + ")");
        }
    }
}
