package dev.mvm.sealer;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.mount.DetachedFuse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A mount as hostd makes it for a VMM: attached to no directory tree, and served by the sealer.
record FuseMount(Fd device, Fd mount) implements AutoCloseable {
    private static final Path DEVICE = Path.of("/dev/fuse");

    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's
    static FuseMount make() throws IOException {
        assumeTrue(Files.isReadable(DEVICE), "skipped: no " + DEVICE);
        try (var device = Fd.open(DEVICE, OpenFlag.READ_WRITE)) {
            long nosuidNodevNoexec = 0x2 | 0x4 | 0x8;
            var mount = DetachedFuse.mount(device, nosuidNodevNoexec, "allow_other");
            return new FuseMount(device.move(), mount);
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
