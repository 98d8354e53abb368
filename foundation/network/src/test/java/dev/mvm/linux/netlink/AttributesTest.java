package dev.mvm.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HexFormat;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AttributesTest {
    private static final int HEADER = 32; // struct nlmsghdr and struct ifinfomsg

    @Test
    void whatIsWritten_isReadBack() {
        Property.holds(500, draw -> {
            var request = NetlinkRequest.link(16, 0, 0, 7, 1, 1);
            var written = new HashMap<Integer, byte[]>();
            for (int i = draw.intBetween(0, 6); i > 0; i--) {
                int type = draw.intBetween(1, 0x3fff);
                if (!written.containsKey(type)) {
                    var value = draw.bytes(0, 30);
                    written.put(type, value);
                    request.bytes(type, value);
                }
            }
            var attributes = Attributes.parse(body(request));
            for (var entry : written.entrySet()) {
                assertThat(attributes.bytes(entry.getKey())).contains(entry.getValue());
            }
            assertThat(attributes.bytes(0)).isEmpty();
        });
    }

    @Test
    void nestedAttributes_areReadBack() throws Exception {
        var request = NetlinkRequest.link(16, 0, 0, 0, 0, 0);
        int outer = request.begin(18);
        int inner = request.text(1, "veth").begin(2);
        request.u32(5, -2).u8(6, 255).end(inner).end(outer).text(3, "eth0");
        var attributes = Attributes.parse(body(request));
        assertThat(attributes.text(3)).contains("eth0");
        assertThat(attributes.nested(18).text(1)).contains("veth");
        assertThat(attributes.nested(18).nested(2).u32(5)).hasValue(-2);
        assertThat(attributes.nested(18).nested(2).u8(6)).hasValue(255);
        assertThat(attributes.nested(99).text(1)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "04", // no whole header
                "040001",
                "00000100", // shorter than its own header
                "03000100",
                "05000100", // longer than what is left
                "ffff0100",
                "0500010061ff", // padding cut off
                "04000100040001", // a header cut off
                "0400010004000100", // twice
                "0400010004000180" // twice, once marked as nested
            })
    void whatDoesNotFit_isMalformed(String hex) {
        assertMalformed(
                () -> Attributes.parse(NetlinkRequest.wrap(HexFormat.of().parseHex(hex))));
    }

    @Test
    void lastAttribute_mayLackItsPadding() throws Exception {
        var attributes = Attributes.parse(NetlinkRequest.wrap(HexFormat.of().parseHex("0500010061")));
        assertThat(attributes.bytes(1)).contains(new byte[] {0x61});
    }

    @Test
    void valueOfAnotherSize_isMalformed() throws Exception {
        var request = NetlinkRequest.link(16, 0, 0, 0, 0, 0)
                .bytes(1, new byte[3])
                .bytes(2, new byte[0])
                .bytes(3, new byte[] {'a'})
                .bytes(4, new byte[] {'a', 0, 'b', 0})
                .bytes(5, new byte[5]);
        var attributes = Attributes.parse(body(request));
        assertMalformed(() -> attributes.u32(1));
        assertMalformed(() -> attributes.u32(2));
        assertMalformed(() -> attributes.u32(5));
        assertMalformed(() -> attributes.u8(2));
        assertMalformed(() -> attributes.u8(1));
        assertMalformed(() -> attributes.text(2)); // no end
        assertMalformed(() -> attributes.text(3));
        assertMalformed(() -> attributes.text(4)); // two ends
        assertMalformed(() -> attributes.nested(1));
    }

    @FuzzTest(maxDuration = "10s")
    void anyBytes_areReadOrMalformed(byte[] bytes) {
        readAll(bytes);
    }

    @Test
    void anyBytes_areReadOrRefused() {
        Property.holds(3_000, draw -> readAll(bytes(draw)));
    }

    /// Lengths and types that are nearly right get further than arbitrary bytes.
    private static byte[] bytes(Draw draw) {
        var buffer = NetlinkRequest.wrap(new byte[256]);
        while (buffer.remaining() > 64 && draw.intBetween(0, 9) != 0) {
            int size = draw.intBetween(0, 20);
            buffer.putShort((short) (draw.flag() ? size + 4 : draw.intBetween(0, 40)));
            buffer.putShort((short) draw.intBetween(0, 40));
            buffer.put(draw.bytes(0, 20));
        }
        var out = new byte[buffer.position()];
        buffer.get(0, out);
        return out;
    }

    private static void readAll(byte[] bytes) {
        try {
            Attributes.parse(NetlinkRequest.wrap(bytes));
        } catch (ErrnoException e) {
            assertThat(e.errno()).isEqualTo(Errno.EBADMSG);
        }
        try {
            for (var reply : NetlinkReply.split(NetlinkRequest.wrap(bytes))) {
                readOne(reply);
            }
        } catch (ErrnoException e) {
            assertThat(e.errno()).isEqualTo(Errno.EBADMSG);
        }
        readOne(new NetlinkReply(16, 0x300, 1, NetlinkRequest.wrap(bytes)));
        readOne(new NetlinkReply(NetlinkReply.NLMSG_ERROR, 0x300, 1, NetlinkRequest.wrap(bytes)));
        readOne(new NetlinkReply(NetlinkReply.NLMSG_ERROR, 0x200, 1, NetlinkRequest.wrap(bytes)));
    }

    private static void readOne(NetlinkReply reply) {
        ThrowingCallable[] readings = {
            () -> NetworkInterface.parse(reply), () -> InterfaceAddress.parse(reply), reply::errno, reply::explanation
        };
        for (var reading : readings) {
            try {
                reading.call();
            } catch (ErrnoException e) {
                assertThat(e.errno()).isEqualTo(Errno.EBADMSG);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
    }

    private static ByteBuffer body(NetlinkRequest request) {
        return NetlinkRequest.wrap(request.message(1)).position(HEADER);
    }

    private static void assertMalformed(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBADMSG));
    }
}
