package dev.mvm.linux.netlink;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.netdev.MacAddress;

/// A network interface as the kernel describes it; RTM_NEWLINK of rtnetlink(7).
///
/// @param index its number in its network namespace, which stays the same when it is renamed
/// @param name any name that the kernel accepts, not only one of ours
/// @param kind what it is, such as `bridge`, `tun` or `veth`; empty for hardware and loopback
/// @param master index of the bridge it is a port of, 0 if none
/// @param isolated whether, as a port of a bridge, it exchanges nothing with other isolated ports
/// @param owner the user who may attach to it, if it is a tap that has one; else -1
public record NetworkInterface(
        int index,
        String name,
        String kind,
        boolean up,
        int mtu,
        MacAddress mac,
        int master,
        boolean isolated,
        int owner) {
    // linux/if_link.h, linux/if.h
    static final int IFLA_ADDRESS = 1;
    static final int IFLA_IFNAME = 3;
    static final int IFLA_MTU = 4;
    static final int IFLA_MASTER = 10;
    static final int IFLA_LINKINFO = 18;
    static final int IFLA_INFO_KIND = 1;
    static final int IFLA_INFO_DATA = 2;
    private static final int IFLA_TUN_OWNER = 1; // linux/if_link.h
    private static final int IFLA_INFO_SLAVE_KIND = 4;
    private static final int IFLA_INFO_SLAVE_DATA = 5;
    static final int IFLA_BRPORT_ISOLATED = 33;
    static final int IFF_UP = 1;
    private static final int SIZEOF_IFINFOMSG = 16;
    private static final int ETHERNET = 6;

    static NetworkInterface parse(NetlinkReply reply) throws ErrnoException {
        var message = reply.payload().duplicate().order(reply.payload().order());
        if (message.remaining() < SIZEOF_IFINFOMSG) {
            throw Attributes.malformed();
        }
        int index = message.getInt(4);
        int flags = message.getInt(8);
        var attributes = Attributes.parse(message.position(SIZEOF_IFINFOMSG));
        var info = attributes.nested(IFLA_LINKINFO);
        boolean port = info.text(IFLA_INFO_SLAVE_KIND).orElse("").equals("bridge");
        var kind = info.text(IFLA_INFO_KIND).orElse("");
        return new NetworkInterface(
                index,
                attributes.text(IFLA_IFNAME).orElseThrow(Attributes::malformed),
                kind,
                (flags & IFF_UP) != 0,
                attributes.u32(IFLA_MTU).orElse(0),
                attributes
                        .bytes(IFLA_ADDRESS)
                        .filter(wire -> wire.length == ETHERNET) // other hardware has other lengths
                        .map(MacAddress::of)
                        .orElse(MacAddress.NONE),
                attributes.u32(IFLA_MASTER).orElse(0),
                port
                        && info.nested(IFLA_INFO_SLAVE_DATA)
                                        .u8(IFLA_BRPORT_ISOLATED)
                                        .orElse(0)
                                == 1,
                kind.equals("tun")
                        ? info.nested(IFLA_INFO_DATA).u32(IFLA_TUN_OWNER).orElse(-1)
                        : -1);
    }
}
