package dev.mvm.sealer.paging.fuse;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.mount.DetachedFuse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A mount as hostd makes it for a VMM: attached to no directory tree, so that it ends with its descriptor.
public final class FuseMount implements AutoCloseable {
    private static final Path DEVICE = Path.of("/dev/fuse");

    public final Fd device;
    private final Fd mount;

    private FuseMount(Fd device, Fd mount) {
        this.device = device;
        this.mount = mount;
    }

    @SuppressWarnings("MustBeClosedChecker") // by close
    public static FuseMount make() throws IOException {
        assumeTrue(Files.exists(DEVICE), "skipped: no " + DEVICE);
        Fd device;
        try {
            device = Fd.open(DEVICE, OpenFlag.READ_WRITE);
        } catch (ErrnoException e) {
            assumeTrue(false, "skipped: " + DEVICE + ": " + e.getMessage());
            throw e;
        }
        try {
            long nosuidNodevNoexec = 0x2 | 0x4 | 0x8;
            return new FuseMount(
                    device, DetachedFuse.mount(device, nosuidNodevNoexec, "allow_other", "default_permissions"));
        } catch (IOException | RuntimeException e) {
            device.close();
            throw e;
        }
    }

    public Path file(String name) {
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
