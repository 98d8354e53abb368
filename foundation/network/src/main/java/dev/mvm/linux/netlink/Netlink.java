package dev.mvm.linux.netlink;

import static dev.mvm.linux.netlink.NetworkInterface.IFF_UP;
import static dev.mvm.linux.netlink.NetworkInterface.IFLA_ADDRESS;
import static dev.mvm.linux.netlink.NetworkInterface.IFLA_BRPORT_ISOLATED;
import static dev.mvm.linux.netlink.NetworkInterface.IFLA_IFNAME;
import static dev.mvm.linux.netlink.NetworkInterface.IFLA_INFO_DATA;
import static dev.mvm.linux.netlink.NetworkInterface.IFLA_INFO_KIND;
import static dev.mvm.linux.netlink.NetworkInterface.IFLA_LINKINFO;
import static dev.mvm.linux.netlink.NetworkInterface.IFLA_MASTER;
import static dev.mvm.linux.netlink.NetworkInterface.IFLA_MTU;

import com.google.errorprone.annotations.MustBeClosed;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.netdev.MacAddress;
import dev.mvm.model.InterfaceName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Links and IPv4 addresses of the network namespace in which it was created; rtnetlink(7). Changes need
/// CAP_NET_ADMIN. Links are named by index: an index is never given to another link while the first exists,
/// whereas a name can change hands.
///
/// Errors carry the kernel's explanation where it gives one. One request at a time; any thread.
public final class Netlink implements AutoCloseable {
    // linux/rtnetlink.h
    private static final int RTM_NEWLINK = 16;
    private static final int RTM_DELLINK = 17;
    private static final int RTM_GETLINK = 18;
    private static final int RTM_SETLINK = 19;
    private static final int RTM_NEWADDR = 20;
    private static final int RTM_DELADDR = 21;
    private static final int RTM_GETADDR = 22;

    // linux/if_link.h, linux/if.h, linux/veth.h
    private static final int AF_UNSPEC = 0;
    private static final int AF_BRIDGE = 7;
    private static final int IFLA_PROTINFO = 12;
    private static final int IFLA_NET_NS_FD = 28;
    private static final int IFLA_BR_MULTI_BOOLOPT = 46;
    private static final int BR_BOOLOPT_NO_LL_LEARN = 1; // its bit

    @GuardedBy("this")
    private final RouteSocket socket;

    @MustBeClosed
    public Netlink() throws ErrnoException {
        this.socket = new RouteSocket();
    }

    /// Takes over a socket that was made in another namespace, of which this then is.
    @MustBeClosed
    public static Netlink own(Fd route) throws ErrnoException {
        return new Netlink(new RouteSocket(route.move()));
    }

    private Netlink(RouteSocket socket) {
        this.socket = socket;
    }

    /// All links.
    public List<NetworkInterface> links() throws ErrnoException {
        var request = NetlinkRequest.link(RTM_GETLINK, NetlinkRequest.NLM_F_DUMP, AF_UNSPEC, 0, 0, 0);
        var links = new ArrayList<NetworkInterface>();
        for (var reply : ask("RTM_GETLINK", request, RTM_NEWLINK)) {
            links.add(NetworkInterface.parse(reply));
        }
        return links;
    }

    /// The link of that name, if there is one.
    public Optional<NetworkInterface> link(InterfaceName name) throws ErrnoException {
        var request = NetlinkRequest.link(RTM_GETLINK, NetlinkRequest.NLM_F_ACK, AF_UNSPEC, 0, 0, 0);
        try {
            var replies = ask("RTM_GETLINK", request.text(IFLA_IFNAME, name.value()), RTM_NEWLINK);
            if (replies.size() != 1) {
                throw Attributes.malformed();
            }
            return Optional.of(NetworkInterface.parse(replies.getFirst()));
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENODEV) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /// Creates a bridge, which is down; EEXIST if there is a link of that name.
    public NetworkInterface createBridge(InterfaceName name) throws ErrnoException {
        int flags = NetlinkRequest.NLM_F_ACK | NetlinkRequest.NLM_F_CREATE | NetlinkRequest.NLM_F_EXCL;
        var request =
                NetlinkRequest.link(RTM_NEWLINK, flags, AF_UNSPEC, 0, 0, 0).text(IFLA_IFNAME, name.value());
        int info = request.begin(IFLA_LINKINFO);
        change("RTM_NEWLINK", request.text(IFLA_INFO_KIND, "bridge").end(info));
        return link(name).orElseThrow(() -> new ErrnoException("RTM_GETLINK", Errno.ENODEV));
    }

    /// Gives a bridge a hardware address and an MTU that do not follow from its ports, and lets it learn nothing
    /// from frames for link-local groups, which it takes in ahead of every filter.
    public void setBridge(int index, MacAddress mac, int mtu) throws ErrnoException {
        var learning = NetlinkRequest.wrap(new byte[8]) // struct br_boolopt_multi: value and mask
                .putInt(BR_BOOLOPT_NO_LL_LEARN)
                .putInt(BR_BOOLOPT_NO_LL_LEARN)
                .array();
        var request = settings(index).bytes(IFLA_ADDRESS, mac.bytes()).u32(IFLA_MTU, mtu);
        int info = request.begin(IFLA_LINKINFO);
        int data = request.text(IFLA_INFO_KIND, "bridge").begin(IFLA_INFO_DATA);
        set(request.bytes(IFLA_BR_MULTI_BOOLOPT, learning).end(data).end(info));
    }

    /// Deletes a link; ENODEV if there is none.
    public void delete(int index) throws ErrnoException {
        change(
                "RTM_DELLINK",
                NetlinkRequest.link(RTM_DELLINK, NetlinkRequest.NLM_F_ACK, AF_UNSPEC, checked(index), 0, 0));
    }

    /// Sets a link up or down.
    public void setUp(int index, boolean up) throws ErrnoException {
        set(NetlinkRequest.link(
                RTM_NEWLINK, NetlinkRequest.NLM_F_ACK, AF_UNSPEC, checked(index), up ? IFF_UP : 0, IFF_UP));
    }

    /// Makes a link a port of the bridge `master`.
    public void setMaster(int index, int master) throws ErrnoException {
        set(settings(index).u32(IFLA_MASTER, checked(master)));
    }

    /// Says whether a port of a bridge exchanges anything with other isolated ports; bridge(8), `isolated`.
    public void setIsolated(int index, boolean isolated) throws ErrnoException {
        var request = NetlinkRequest.link(RTM_SETLINK, NetlinkRequest.NLM_F_ACK, AF_BRIDGE, checked(index), 0, 0);
        int port = request.begin(IFLA_PROTINFO);
        change("RTM_SETLINK", request.u8(IFLA_BRPORT_ISOLATED, isolated ? 1 : 0).end(port));
    }

    /// Sets the largest packet, in bytes.
    public void setMtu(int index, int mtu) throws ErrnoException {
        set(settings(index).u32(IFLA_MTU, mtu));
    }

    /// Moves a link, which goes down, to another network namespace; open queues of it stay open.
    public void move(int index, Fd namespace) throws ErrnoException {
        set(settings(index).u32(IFLA_NET_NS_FD, namespace.number()));
    }

    /// All IPv4 addresses.
    public List<InterfaceAddress> addresses() throws ErrnoException {
        var request = NetlinkRequest.address(RTM_GETADDR, NetlinkRequest.NLM_F_DUMP, InterfaceAddress.AF_INET, 0, 0);
        var addresses = new ArrayList<InterfaceAddress>();
        for (var reply : ask("RTM_GETADDR", request, RTM_NEWADDR)) {
            addresses.add(InterfaceAddress.parse(reply));
        }
        return addresses;
    }

    /// Gives an interface an address; EEXIST if it has it.
    public void add(InterfaceAddress address) throws ErrnoException {
        int flags = NetlinkRequest.NLM_F_ACK | NetlinkRequest.NLM_F_CREATE | NetlinkRequest.NLM_F_EXCL;
        change("RTM_NEWADDR", about(address, RTM_NEWADDR, flags));
    }

    /// Takes an address from an interface; EADDRNOTAVAIL if it has it not.
    public void remove(InterfaceAddress address) throws ErrnoException {
        change("RTM_DELADDR", about(address, RTM_DELADDR, NetlinkRequest.NLM_F_ACK));
    }

    private static NetlinkRequest about(InterfaceAddress address, int type, int flags) {
        return NetlinkRequest.address(type, flags, InterfaceAddress.AF_INET, address.prefixLength(), address.index())
                .bytes(InterfaceAddress.IFA_LOCAL, address.wire())
                .bytes(InterfaceAddress.IFA_ADDRESS, address.wire());
    }

    private static NetlinkRequest settings(int index) {
        return NetlinkRequest.link(RTM_NEWLINK, NetlinkRequest.NLM_F_ACK, AF_UNSPEC, checked(index), 0, 0);
    }

    private void set(NetlinkRequest request) throws ErrnoException {
        change("RTM_NEWLINK", request);
    }

    private void change(String what, NetlinkRequest request) throws ErrnoException {
        var _ = ask(what, request, -1);
    }

    private synchronized List<NetlinkReply> ask(String what, NetlinkRequest request, int expected)
            throws ErrnoException {
        var replies = socket.ask(what, request);
        if (replies.stream().anyMatch(reply -> reply.type() != expected)) {
            throw Attributes.malformed();
        }
        return replies;
    }

    private static int checked(int index) {
        if (index < 1) {
            throw new IllegalArgumentException("not the index of a link: " + index);
        }
        return index;
    }

    @Override
    public synchronized void close() {
        socket.close();
    }
}
