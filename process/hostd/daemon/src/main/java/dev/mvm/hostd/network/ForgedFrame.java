package dev.mvm.hostd.network;

import dev.mvm.linux.netdev.MacAddress;
import dev.mvm.model.Ipv4;
import java.nio.ByteBuffer;

/// Frames that probes send, true or forged: RFC 826, 791, 792 and 8200. A frame begins with a `struct virtio_net_hdr`
/// that asks for no offload, linux/virtio_net.h.
final class ForgedFrame {
    private static final int VIRTIO_HEADER = 10;
    private static final int LONGEST = 128;
    private static final MacAddress BROADCAST = new MacAddress(0xffff_ffff_ffffL);

    private static final short ETHERTYPE_IPV4 = 0x0800;
    private static final short ETHERTYPE_ARP = 0x0806;
    private static final short ETHERTYPE_IPV6 = (short) 0x86dd;

    private static final short ARP_ETHERNET = 1;
    private static final byte MAC_BYTES = 6;
    private static final byte IPV4_BYTES = 4;
    private static final short ARP_REQUEST = 1;
    private static final short ARP_REPLY = 2;

    private static final short IPV4_VERSION_AND_HEADER = 0x4500; // five words, no type of service
    private static final short ECHO_PACKET = 28; // headers of IPv4 and of ICMP
    private static final int NO_FRAGMENT = 0;
    private static final byte HOPS = 64;
    private static final byte PROTOCOL_ICMP = 1;
    private static final short ECHO_REQUEST = 0x0800; // type 8, code 0

    private static final int IPV6_VERSION = 0x6000_0000;
    private static final byte NO_NEXT_HEADER = 59;
    private static final long FE80 = 0xfe80_0000_0000_0000L;

    private ForgedFrame() {}

    /// Returns a broadcast question for the hardware address of `target`.
    static byte[] arpRequest(MacAddress from, Ipv4 sender, Ipv4 target) {
        var frame = ethernet(BROADCAST, from, ETHERTYPE_ARP);
        frame.putShort(ARP_ETHERNET).putShort(ETHERTYPE_IPV4).put(MAC_BYTES).put(IPV4_BYTES);
        frame.putShort(ARP_REQUEST).put(pair(from, sender)).put(pair(MacAddress.NONE, target));
        return bytes(frame);
    }

    /// Returns the end of the answer to [#arpRequest], from the operation on.
    static byte[] arpReply(MacAddress sender, Ipv4 senderIp, MacAddress target, Ipv4 targetIp) {
        var end = ByteBuffer.allocate(LONGEST).putShort(ARP_REPLY);
        return bytes(end.put(pair(sender, senderIp)).put(pair(target, targetIp)));
    }

    /// Returns the bytes of a hardware address and an IPv4 address, as ARP has them.
    static byte[] pair(MacAddress mac, Ipv4 ip) {
        return bytes(ByteBuffer.allocate(LONGEST).put(mac.bytes()).putInt(ip.bits()));
    }

    /// Returns an ICMP echo request.
    ///
    /// @param mark four bytes that the answer repeats
    static byte[] echoRequest(MacAddress from, MacAddress to, Ipv4 source, Ipv4 destination, byte[] mark) {
        var frame = ethernet(to, from, ETHERTYPE_IPV4);
        int packet = frame.position();
        frame.putShort(IPV4_VERSION_AND_HEADER).putShort(ECHO_PACKET).putInt(NO_FRAGMENT);
        frame.put(HOPS).put(PROTOCOL_ICMP).putShort((short) 0);
        frame.putInt(source.bits()).putInt(destination.bits());
        checksum(frame, packet, packet + 10);
        int message = frame.position();
        frame.putShort(ECHO_REQUEST).putShort((short) 0).put(mark);
        checksum(frame, message, message + 2);
        return bytes(frame);
    }

    /// Returns a broadcast IPv6 packet from the link-local address `fe80::1` to itself, with `mark` for its contents.
    static byte[] ipv6(MacAddress from, byte[] mark) {
        var frame = ethernet(BROADCAST, from, ETHERTYPE_IPV6).putInt(IPV6_VERSION);
        frame.putShort((short) mark.length).put(NO_NEXT_HEADER).put(HOPS);
        return bytes(frame.putLong(FE80).putLong(1).putLong(FE80).putLong(1).put(mark));
    }

    private static ByteBuffer ethernet(MacAddress to, MacAddress from, short type) {
        var frame = ByteBuffer.allocate(LONGEST).position(VIRTIO_HEADER);
        return frame.put(to.bytes()).put(from.bytes()).putShort(type);
    }

    /// Writes the checksum of RFC 1071 over all from `begin` on to `at`, where zero stands.
    private static void checksum(ByteBuffer frame, int begin, int at) {
        int sum = 0;
        for (int i = begin; i < frame.position(); i += Short.BYTES) {
            sum += Short.toUnsignedInt(frame.getShort(i));
        }
        frame.putShort(at, (short) ~(sum + (sum >>> 16)));
    }

    private static byte[] bytes(ByteBuffer frame) {
        var out = new byte[frame.flip().remaining()];
        frame.get(out);
        return out;
    }
}
