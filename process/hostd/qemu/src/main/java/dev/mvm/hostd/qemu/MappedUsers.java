package dev.mvm.hostd.qemu;

import dev.mvm.model.Slot;
import java.util.List;
import java.util.regex.Pattern;

/// Count of the VMs with a user of their own in this user namespace: none, some or all.
///
/// @param map as in `/proc/self/uid_map`, user_namespaces(7)
record MappedUsers(String map) {
    private static final Pattern LINE = Pattern.compile("\\s*(\\d+)\\s+\\d+\\s+(\\d+)\\s*");
    private static final int LAST = Slot.UID_BASE + (1 << 20) - 1;

    /// Returns whether no VM has a user of its own.
    boolean none() {
        return !mapped(Slot.UID_BASE);
    }

    /// Returns whether each VM has a user of its own.
    boolean all() {
        return mapped(Slot.UID_BASE) && mapped(LAST);
    }

    private boolean mapped(int uid) {
        return List.of(map.split("\n", -1)).stream()
                .map(LINE::matcher)
                .anyMatch(line -> line.matches() && contains(line.group(1), line.group(2), uid));
    }

    private static boolean contains(String first, String count, int uid) {
        long offset = uid - Long.parseLong(first);
        return offset >= 0 && offset < Long.parseLong(count);
    }
}
