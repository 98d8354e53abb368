package dev.mvm.linux.mount;

import dev.mvm.linux.call.CString;
import dev.mvm.linux.call.Library;
import dev.mvm.linux.fd.Fd;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Map;

/// Mounts of FUSE that are attached to no directory tree, so that they end with their descriptor; fsopen(2).
/// Tests alone make mounts in Java: for the programs the launcher does.
public final class DetachedFuse {
    // linux/mount.h
    private static final int CLOEXEC = 1;
    private static final int SET_FLAG = 0;
    private static final int SET_STRING = 1;
    private static final int CREATE = 6;

    private DetachedFuse() {}

    /// Makes a mount that the holder of `device` serves.
    ///
    /// @param attributes MOUNT_ATTR_* of linux/mount.h
    /// @param flags options without a value
    public static Fd mount(Fd device, long attributes, String... flags) throws IOException {
        try (var arena = Arena.ofConfined();
                var context = Fd.own(call("fsopen", CString.of(arena, "fuse").address(), CLOEXEC))) {
            var options = Map.of(
                    "source", "mvm",
                    "fd", Integer.toString(device.number()),
                    "rootmode", "40000",
                    "user_id", "0",
                    "group_id", "0");
            for (var option : options.entrySet()) {
                long name = CString.of(arena, option.getKey()).address();
                long value = CString.of(arena, option.getValue()).address();
                var _ = call("fsconfig", context.number(), SET_STRING, name, value, 0);
            }
            for (var flag : flags) {
                var _ = call(
                        "fsconfig",
                        context.number(),
                        SET_FLAG,
                        CString.of(arena, flag).address(),
                        0,
                        0);
            }
            var _ = call("fsconfig", context.number(), CREATE, 0, 0, 0);
            return Fd.own(call("fsmount", context.number(), CLOEXEC, attributes));
        }
    }

    private static int call(String function, long... arguments) throws IOException {
        int result = (int) Library.LIBC.find(function).call(arguments);
        if (result < 0) {
            throw new IOException(function + " failed");
        }
        return result;
    }
}
