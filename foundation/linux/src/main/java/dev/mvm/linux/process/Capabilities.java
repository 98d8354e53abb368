package dev.mvm.linux.process;

import java.util.ArrayList;
import java.util.List;

/// The capabilities of capabilities(7) by bit and name (`linux/capability.h`).
public final class Capabilities {
    /// The bit of the one that netd has.
    public static final long NET_ADMIN = 1L << 12;

    // index = number
    private static final String[] NAMES = """
            CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
            NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT
            SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE
            AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ
            PERFMON BPF CHECKPOINT_RESTORE
            """.strip().split("\\s+");

    private Capabilities() {}

    /// The names in a set, `CAP_NET_ADMIN` for bit 12; a bit that has no name yet is `CAP_63`.
    public static List<String> names(long set) {
        var out = new ArrayList<String>();
        for (int bit = 0; bit < Long.SIZE; bit++) {
            if (((set >>> bit) & 1) != 0) {
                out.add("CAP_" + (bit < NAMES.length ? NAMES[bit] : bit));
            }
        }
        return out;
    }
}
