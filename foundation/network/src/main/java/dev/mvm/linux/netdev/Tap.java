package dev.mvm.linux.netdev;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.call.CString;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.model.InterfaceName;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/// An open descriptor of a tap device: Ethernet frames of a persistent network interface; Linux's
/// `Documentation/networking/tuntap.rst`. Frames carry a virtio-net header (IFF_VNET_HDR), as Firecracker and QEMU
/// want them.
public final class Tap implements AutoCloseable {
    // linux/if_tun.h
    private static final int TUNSETIFF = 0x400454ca;
    private static final int TUNSETPERSIST = 0x400454cb;
    private static final int TUNSETOWNER = 0x400454cc;
    private static final int TUNSETGROUP = 0x400454ce;
    private static final int IFF_TAP = 0x0002;
    private static final int IFF_NO_PI = 0x1000;
    private static final int IFF_VNET_HDR = 0x4000;
    private static final int IFF_TUN_EXCL = 0x8000;

    // struct ifreq, linux/if.h
    private static final int SIZEOF_IFREQ = 40;
    private static final int IFR_FLAGS = 16;

    private final Fd fd;

    private Tap(Fd fd) {
        this.fd = fd;
    }

    /// Creates a tap that outlives this descriptor; EBUSY if there is an interface of that name. Needs
    /// CAP_NET_ADMIN.
    ///
    /// @param uid the user who may attach to it without any capability
    /// @param gid its group, who may as well
    @MustBeClosed
    public static Tap create(InterfaceName name, int uid, int gid) throws ErrnoException {
        try (var fd = openDevice()) {
            create(fd, name, uid, gid);
            return new Tap(fd.move());
        }
    }

    /// Makes a tap like the other [#create], in the network namespace in which `device`, `/dev/net/tun`, was
    /// opened. No VMM can attach to the tap until `device` is closed.
    public static void create(Fd device, InterfaceName name, int uid, int gid) throws ErrnoException {
        setInterface(device, name, IFF_TUN_EXCL);
        var _ = SystemCall.IOCTL.call(device.number(), TUNSETOWNER, Integer.toUnsignedLong(uid));
        var _ = SystemCall.IOCTL.call(device.number(), TUNSETGROUP, Integer.toUnsignedLong(gid));
        var _ = SystemCall.IOCTL.call(device.number(), TUNSETPERSIST, 1); // last: until here an error leaves nothing
    }

    /// Lets the interface vanish when its last descriptor is closed.
    public void release() throws ErrnoException {
        var _ = SystemCall.IOCTL.call(fd.number(), TUNSETPERSIST, 0);
    }

    @MustBeClosed
    private static Fd openDevice() throws ErrnoException {
        return Fd.open(Path.of("/dev/net/tun"), OpenFlag.READ_WRITE);
    }

    static void setInterface(Fd fd, InterfaceName name, int flags) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var request = arena.allocate(SIZEOF_IFREQ, Long.BYTES);
            request.copyFrom(CString.of(arena, name.value()));
            request.set(JAVA_SHORT, IFR_FLAGS, (short) (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | flags));
            var _ = SystemCall.IOCTL.call(fd.number(), TUNSETIFF, request.address());
        }
    }

    /// The descriptor, for passing on; it stays this object's.
    public Fd fd() {
        return fd;
    }

    @Override
    public void close() {
        fd.close();
    }
}
