package dev.mvm.sealer;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.call.CString;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

/// A mount as hostd makes it for a VMM: attached to no directory tree, and served by the sealer.
record FuseMount(Fd device, Fd mount) implements AutoCloseable {
    private static final Path DEVICE = Path.of("/dev/fuse");

    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's
    static FuseMount make() throws IOException {
        assumeTrue(Files.isReadable(DEVICE), "skipped: no " + DEVICE);
        try (var device = Fd.open(DEVICE, OpenFlag.READ_WRITE);
                var arena = Arena.ofConfined();
                var context =
                        Fd.own(SystemCall.FSOPEN.call(CString.of(arena, "fuse").address(), 1))) {
            set(context, 1, "source", "mvm"); // FSCONFIG_SET_STRING
            set(context, 1, "fd", Integer.toString(device.number()));
            set(context, 1, "rootmode", "40000");
            set(context, 1, "user_id", "0");
            set(context, 1, "group_id", "0");
            set(context, 0, "allow_other", ""); // FSCONFIG_SET_FLAG
            set(context, 6, "", ""); // FSCONFIG_CMD_CREATE
            long nosuidNodevNoexec = 0x2 | 0x4 | 0x8;
            var mount = Fd.own(SystemCall.FSMOUNT.call(context.number(), 1, nosuidNodevNoexec));
            return new FuseMount(device.move(), mount);
        }
    }

    private static void set(Fd context, int command, String key, String value) throws IOException {
        try (var arena = Arena.ofConfined()) {
            long name = key.isEmpty() ? 0 : CString.of(arena, key).address();
            long text = value.isEmpty() ? 0 : CString.of(arena, value).address();
            var _ = SystemCall.FSCONFIG.call(context.number(), command, name, text, 0);
        }
    }

    Path file(String name) {
        return mount.path().resolve(name);
    }

    /// Unmounts, as the end of the VMM does.
    void unmount() {
        mount.close();
    }

    @Override
    public void close() {
        mount.close();
        device.close();
    }
}
