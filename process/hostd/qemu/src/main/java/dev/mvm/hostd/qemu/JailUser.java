package dev.mvm.hostd.qemu;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.model.Slot;
import java.nio.file.Path;

/// Which user a VM is. In production each slot has its own; in the user namespace of an ordinary user only those
/// that are mapped exist, and where a slot's is not, the VM is the namespace's root, as the launcher will have it
/// too.
record JailUser(String map) {
    private static final int MAP_BYTES = 4096;
    private static final int COLUMNS = 3;

    /// As the kernel maps users for this process; user_namespaces(7).
    static JailUser current() throws ErrnoException {
        try (var self = Directory.open(Path.of("/proc/self"))) {
            return new JailUser(new String(self.read("uid_map", MAP_BYTES), US_ASCII));
        }
    }

    /// The user id, as this process sees it.
    int of(Slot slot) {
        return orRoot(slot.uid());
    }

    /// `uid` if that user exists here, else the namespace's root, who then stands for everyone.
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
