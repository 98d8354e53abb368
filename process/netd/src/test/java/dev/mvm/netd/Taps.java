package dev.mvm.netd;

import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.namespace.NetworkNamespace;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.netd.NodeNetworks;
import java.nio.file.Path;

/// Does for a VM's tap as the launcher does, and has netd do the rest.
@SuppressWarnings("MustBeClosedChecker") // the caller's
public final class Taps {
    private Taps() {}

    /// Makes and connects a tap.
    ///
    /// @return a descriptor that is attached to it, as dev mode's VMM has it
    static Fd connect(LinuxNetworks networks, NodeNetworks all, TenantNet network, Slot slot, int uid)
            throws Exception {
        try (var inside = NetworkNamespace.create();
                var route = route(inside);
                var tun = tun(inside)) {
            networks.prepare(slot, uid, tun);
            networks.fetch(all, network, slot, uid, route);
            return tun.move();
        }
    }

    /// Opens `/dev/net/tun` in a namespace.
    public static Fd tun(NetworkNamespace inside) throws Exception {
        return inside.call(() -> Fd.open(Path.of("/dev/net/tun"), OpenFlag.READ_WRITE));
    }

    /// Opens an rtnetlink socket in a namespace.
    public static Fd route(NetworkNamespace inside) throws Exception {
        return inside.call(Taps::route);
    }

    private static Fd route() throws ErrnoException {
        return Fd.own(SystemCall.SOCKET.call(16, 3 | 0x80000, 0)); // AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE
    }
}
