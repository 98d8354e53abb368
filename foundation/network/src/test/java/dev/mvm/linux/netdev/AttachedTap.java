package dev.mvm.linux.netdev;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.model.InterfaceName;
import java.nio.file.Path;

/// A tap as a VMM opens it: by name, in the namespace of the calling thread. A name that is not taken makes a new one,
/// which is gone when the descriptor is closed.
public final class AttachedTap {
    private AttachedTap() {}

    /// A descriptor that frames are read from and written to.
    @MustBeClosed
    public static Fd open(InterfaceName name) throws ErrnoException {
        try (var fd = Fd.open(Path.of("/dev/net/tun"), OpenFlag.READ_WRITE)) {
            Tap.setInterface(fd, name, 0);
            return fd.move();
        }
    }
}
