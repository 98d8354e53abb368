package dev.mvm.hostd.qemu;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.model.Slot;
import java.nio.file.Path;

/// Users of VMs. In production each slot has its own; in the user namespace of an ordinary user only mapped users
/// exist. A VM whose slot has no mapped user runs as the namespace's root; the launcher decides alike.
///
/// @param map as in `/proc/self/uid_map`, user_namespaces(7)
record JailUser(String map) {
    private static final int MAP_BYTES = 4096;
    private static final int COLUMNS = 3;

    /// Reads the users of this process's namespace.
    static JailUser current() throws ErrnoException {
        try (var self = Directory.open(Path.of("/proc/self"))) {
            return new JailUser(new String(self.read("uid_map", MAP_BYTES), US_ASCII));
        }
    }

    /// Returns the user of a slot's VM.
    int of(Slot slot) {
        return orRoot(slot.uid());
    }

    /// Returns `uid` if that user is mapped, otherwise the namespace's root.
    int orRoot(int uid) {
        return isMapped(uid) ? uid : 0;
    }

    private boolean isMapped(int uid) {
        for (var line : map.split("\n", -1)) {
            var columns = line.strip().split(" +", -1);
            if (columns.length == COLUMNS) {
                long first = Long.parseLong(columns[0]);
                long count = Long.parseLong(columns[2]);
                if (uid >= first && uid < first + count) {
                    return true;
                }
            }
        }
        return false;
    }
}
