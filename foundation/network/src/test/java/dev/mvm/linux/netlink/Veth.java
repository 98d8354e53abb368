package dev.mvm.linux.netlink;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.namespace.NetworkNamespace;
import dev.mvm.model.InterfaceName;
import java.io.IOException;

/// Pairs of virtual Ethernet devices, both down; veth(4).
final class Veth {
    private Veth() {}

    /// Makes a pair.
    ///
    /// @param here where one end is to be
    /// @param peer the name of the other end
    /// @param there where that is to be
    @CanIgnoreReturnValue
    static NetworkInterface create(NetworkNamespace here, InterfaceName name, InterfaceName peer, Fd there)
            throws IOException {
        return here.call(() -> create(name, peer, there));
    }

    private static NetworkInterface create(InterfaceName name, InterfaceName peer, Fd there) throws ErrnoException {
        try (var socket = new RouteSocket();
                var netlink = new Netlink()) {
            int flags = NetlinkRequest.NLM_F_ACK | NetlinkRequest.NLM_F_CREATE | NetlinkRequest.NLM_F_EXCL;
            var request = NetlinkRequest.link(16, flags, 0, 0, 0, 0).text(3, name.value());
            int info = request.begin(18);
            int data = request.text(1, "veth").begin(2);
            int end = request.begin(1); // VETH_INFO_PEER
            request.linkHeader(0, 0, 0, 0);
            request.text(3, peer.value()).u32(28, there.number());
            var _ = socket.ask("RTM_NEWLINK", request.end(end).end(data).end(info));
            return netlink.link(name).orElseThrow();
        }
    }
}
