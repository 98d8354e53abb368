package dev.mvm.linux.mount;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.call.CString;
import dev.mvm.linux.call.PerThread;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Mounts that are in no one's tree: only their descriptor leads to them, and they are gone with the last one;
/// fsopen(2), fsconfig(2), fsmount(2). Attaching one is not for this process: its filter does not even allow it.
public final class DetachedMount {
    // linux/mount.h
    private static final int FSOPEN_CLOEXEC = 1;
    private static final int FSCONFIG_SET_FLAG = 0;
    private static final int FSCONFIG_SET_STRING = 1;
    private static final int FSCONFIG_CMD_CREATE = 6;
    private static final int FSMOUNT_CLOEXEC = 1;

    /// MOUNT_ATTR_NOSUID, _NODEV, _NOEXEC, _NOSYMFOLLOW: no path through the mount follows a symbolic link in it.
    private static final int HARMLESS = 0x2 | 0x4 | 0x8 | 0x20_0000;

    private DetachedMount() {}

    /// A memory file system of its own, without set-user-id, devices and execution. Needs CAP_SYS_ADMIN.
    ///
    /// @return an O_PATH descriptor of its root, for [dev.mvm.linux.fd.Directory#of] and for passing on
    @MustBeClosed
    public static Fd tmpfs(Tmpfs options) throws ErrnoException {
        try (var context = open("tmpfs")) {
            set(context, "source", "mvm");
            set(context, "size", Long.toString(options.bytes()));
            set(context, "nr_inodes", Long.toString(options.inodes()));
            set(context, "mode", Integer.toOctalString(options.permissions()));
            set(context, "uid", Integer.toUnsignedString(options.uid()));
            set(context, "gid", Integer.toUnsignedString(options.gid()));
            if (options.neverSwapped()) {
                config(context, FSCONFIG_SET_FLAG, "noswap", "");
            }
            return mount(context);
        }
    }

    /// A file system served by the holder of `device`, as [#tmpfs] otherwise; fuse(4). Every user of it is that
    /// one's to judge. Needs CAP_SYS_ADMIN.
    ///
    /// @param device an open `/dev/fuse`, of which no other mount was made; it stays its owner's
    @MustBeClosed
    public static Fd fuse(Fd device) throws ErrnoException {
        try (var context = open("fuse")) {
            set(context, "source", "mvm");
            set(context, "fd", Integer.toString(device.number()));
            set(context, "rootmode", "40000"); // a directory, in octal
            set(context, "user_id", "0");
            set(context, "group_id", "0");
            config(context, FSCONFIG_SET_FLAG, "allow_other", "");
            return mount(context);
        }
    }

    @MustBeClosed
    private static Fd mount(Fd context) throws ErrnoException {
        config(context, FSCONFIG_CMD_CREATE, "", "");
        return Fd.own(SystemCall.FSMOUNT.call(context.number(), FSMOUNT_CLOEXEC, HARMLESS));
    }

    private static Fd open(String fileSystem) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            return Fd.own(SystemCall.FSOPEN.call(CString.of(arena, fileSystem).address(), FSOPEN_CLOEXEC));
        }
    }

    private static void set(Fd context, String key, String value) throws ErrnoException {
        config(context, FSCONFIG_SET_STRING, key, value);
    }

    private static void config(Fd context, int command, String key, String value) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var keyed = key.isEmpty() ? MemorySegment.NULL : CString.of(arena, key);
            var valued = value.isEmpty() ? MemorySegment.NULL : CString.of(arena, value);
            long result =
                    SystemCall.FSCONFIG.attempt(context.number(), command, keyed.address(), valued.address(), 0, 0);
            if (result < 0) {
                throw new ErrnoException("fsconfig", (int) -result, key + " " + explanation(context));
            }
        }
    }

    /// Returns the kernel's message about the error, if there is one.
    private static String explanation(Fd context) {
        var buffer = PerThread.transfer();
        long size = SystemCall.READ.attempt(context.number(), buffer, 0);
        return size <= 0 ? "" : new String(buffer.asSlice(0, size).toArray(JAVA_BYTE), ISO_8859_1);
    }
}
