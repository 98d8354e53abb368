package dev.mvm.hostd.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.netdev.MacAddress;
import dev.mvm.model.Ipv4;
import dev.mvm.property.Property;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/// Frames byte by byte, as the RFCs lay them out.
final class ForgedFrameTest {
    private static final MacAddress MAC = new MacAddress(0x02fc_0000_0003L);
    private static final MacAddress GATEWAY_MAC = new MacAddress(0x02fc_0000_0001L);
    private static final Ipv4 IP = Ipv4.parse("10.240.0.3");
    private static final Ipv4 GATEWAY = Ipv4.parse("10.240.0.1");
    private static final byte[] MARK = {1, 2, 3, 4};
    private static final String NO_OFFLOAD = "00000000000000000000";

    private static void same(byte[] frame, String... hex) {
        assertThat(HexFormat.of().formatHex(frame)).isEqualTo(String.join("", hex));
    }

    @Test
    void arpRequest_isABroadcast() {
        same(
                ForgedFrame.arpRequest(MAC, IP, GATEWAY),
                NO_OFFLOAD,
                "ffffffffffff" + "02fc00000003" + "0806",
                "0001" + "0800" + "06" + "04" + "0001",
                "02fc00000003" + "0af00003" + "000000000000" + "0af00001");
    }

    @Test
    void arpReply_isTheEndOfAnAnswer() {
        same(
                ForgedFrame.arpReply(GATEWAY_MAC, GATEWAY, MAC, IP),
                "0002" + "02fc00000001" + "0af00001" + "02fc00000003" + "0af00003");
        same(ForgedFrame.pair(MAC, IP), "02fc00000003" + "0af00003");
    }

    @Test
    void echoRequest_hasBothChecksums() {
        same(
                ForgedFrame.echoRequest(MAC, GATEWAY_MAC, IP, GATEWAY, MARK),
                NO_OFFLOAD,
                "02fc00000001" + "02fc00000003" + "0800",
                "4500001c" + "00000000" + "4001" + "64fe" + "0af00003" + "0af00001",
                "0800" + "f3f9" + "01020304");
    }

    /// The one's complement sum over a header with its checksum is all ones, RFC 1071.
    @Test
    void checksums_hold() {
        Property.holds(500, draw -> {
            var mark = draw.bytes(4, 4);
            var source = new Ipv4((int) draw.between(0, 0xffff_ffffL));
            var frame = ForgedFrame.echoRequest(MAC, GATEWAY_MAC, source, GATEWAY, mark);
            assertThat(sum(frame, 24, 44)).isEqualTo(0xffff);
            assertThat(sum(frame, 44, 52)).isEqualTo(0xffff);
            assertThat(frame).hasSize(52).endsWith(mark);
        });
    }

    private static int sum(byte[] frame, int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i += Short.BYTES) {
            sum += Short.toUnsignedInt(ByteBuffer.wrap(frame).getShort(i));
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return sum;
    }

    @Test
    void ipv6_goesFromALinkLocalAddressToItself() {
        same(
                ForgedFrame.ipv6(MAC, MARK),
                NO_OFFLOAD,
                "ffffffffffff" + "02fc00000003" + "86dd",
                "60000000" + "0004" + "3b" + "40",
                "fe800000000000000000000000000001",
                "fe800000000000000000000000000001",
                "01020304");
    }
}
