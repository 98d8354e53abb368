package dev.mvm.protocol.keyd.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.property.Property;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class FramesTest {
    private static byte[] bytes(ByteBuffer frame) {
        var out = new byte[frame.remaining()];
        frame.get(out);
        return out;
    }

    private static Optional<KeydFrame> cut(byte[] stream, int most) throws IOException {
        return KeydFrame.read(Channels.newChannel(new ByteArrayInputStream(stream)), most);
    }

    private static KeydFrame frame(byte[] stream) throws IOException {
        return cut(stream, KeydFrame.MAX).orElseThrow();
    }

    private static byte[] header(int length) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(length).array();
    }

    @Test
    void everyRequestAndAnswer_readsBackWhatItWrote() {
        Property.holds(2000, draw -> {
            var request = Drawn.request(draw);
            assertThat(KeydRequests.read(frame(bytes(KeydRequests.frame(request)))))
                    .isEqualTo(request);
            var reply = Drawn.reply(draw);
            assertThat(KeydReplies.read(frame(bytes(KeydReplies.frame(reply))))).isEqualTo(reply);
        });
    }

    @Test
    void frameThatIsCutOrGoesOn_isMalformed() {
        Property.holds(500, draw -> {
            var whole = bytes(KeydRequests.frame(Drawn.request(draw)));
            int cut = draw.intBetween(1, whole.length);
            if (whole.length - cut >= Integer.BYTES + Short.BYTES) {
                var shorter = ByteBuffer.wrap(Arrays.copyOf(whole, whole.length - cut));
                shorter.putInt(0, shorter.capacity() - Integer.BYTES);
                assertThatThrownBy(() -> KeydRequests.read(frame(shorter.array())))
                        .isInstanceOf(MalformedFrameException.class);
            }
            var longer = ByteBuffer.wrap(Arrays.copyOf(whole, whole.length + 1));
            longer.putInt(0, longer.capacity() - Integer.BYTES);
            assertThatThrownBy(() -> KeydRequests.read(frame(longer.array())))
                    .isInstanceOf(MalformedFrameException.class);
        });
    }

    @Test
    void streamOfFrames_isCutWhereverItsBytesArrive() {
        Property.holds(200, draw -> {
            var requests = draw.list(1, 4, () -> Drawn.request(draw));
            var stream = new ByteArrayOutputStream();
            for (var request : requests) {
                stream.writeBytes(bytes(KeydRequests.frame(request)));
            }
            var slow = new ByteArrayInputStream(stream.toByteArray()) {
                @Override
                public synchronized int read(byte[] into, int offset, int length) {
                    return super.read(into, offset, Math.min(length, 3));
                }
            };
            var channel = Channels.newChannel(slow);
            var read = new ArrayList<KeydRequest>();
            for (var next = KeydFrame.read(channel, KeydFrame.MAX);
                    next.isPresent();
                    next = KeydFrame.read(channel, KeydFrame.MAX)) {
                read.add(KeydRequests.read(next.get()));
            }
            assertThat(read).isEqualTo(requests);
        });
    }

    @Test
    void lengthOutOfRange_isRefusedBeforeTheBodyComes() {
        for (int length : new int[] {0, 1, -1, Integer.MIN_VALUE, KeydFrame.MAX + 1, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> cut(header(length), KeydFrame.MAX)).isInstanceOf(MalformedFrameException.class);
        }
        assertThatThrownBy(() -> cut(header(KeydFrame.MAX_OF_DOCUMENTS + 1), KeydFrame.MAX_OF_DOCUMENTS))
                .isInstanceOf(MalformedFrameException.class);
        assertThatThrownBy(() -> cut(header(KeydFrame.MAX_OF_DOCUMENTS), KeydFrame.MAX_OF_DOCUMENTS))
                .isInstanceOf(EOFException.class);
    }

    /// A client that announces the most and sends little costs what it sends.
    @Test
    void memoryOfAFrame_growsWithWhatHasCome() {
        var asked = new ArrayList<Integer>();
        var sent = new InputStream() {
            private int at;

            @Override
            public int read() {
                throw new AssertionError("in blocks");
            }

            @Override
            public int read(byte[] into, int offset, int length) {
                asked.add(length);
                if (at == 0) {
                    System.arraycopy(header(KeydFrame.MAX), 0, into, offset, Integer.BYTES);
                    at = Integer.BYTES;
                    return Integer.BYTES;
                }
                return -1;
            }
        };
        assertThatThrownBy(() -> KeydFrame.read(Channels.newChannel(sent), KeydFrame.MAX))
                .isInstanceOf(EOFException.class);
        assertThat(asked).allMatch(length -> length <= 64 << 10);
    }

    @Test
    void end_isBetweenFramesOrAnError() throws Exception {
        assertThat(cut(new byte[0], KeydFrame.MAX)).isEmpty();
        var whole = bytes(KeydRequests.frame(new KeydRequest.Rotate(new TenantId("t"), new KeyName("k"))));
        for (int length = 1; length < whole.length; length++) {
            var part = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> cut(part, KeydFrame.MAX)).isInstanceOf(EOFException.class);
        }
    }

    @Test
    void largestFrame_isWrittenAndRead_andNoLargerOne() throws Exception {
        var most = new KeydRequest.Publish(Bytes.of(new byte[KeydFrame.MAX - 6]));
        assertThat(KeydRequests.read(frame(bytes(KeydRequests.frame(most))))).isEqualTo(most);
        var more = new KeydRequest.Publish(Bytes.of(new byte[KeydFrame.MAX - 5]));
        assertThatThrownBy(() -> KeydRequests.frame(more)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void unknownType_isMalformed() {
        for (int type : new int[] {0, 9, 127, 128, 0xffff}) {
            assertThatThrownBy(() -> KeydRequests.read(new KeydFrame(type, ByteBuffer.allocate(0))))
                    .isInstanceOf(MalformedFrameException.class);
        }
        for (int type : new int[] {0, 1, 127, 137, 0xffff}) {
            assertThatThrownBy(() -> KeydReplies.read(new KeydFrame(type, ByteBuffer.allocate(0))))
                    .isInstanceOf(MalformedFrameException.class);
        }
    }

    private static void malformed(int type, String body) {
        assertThatThrownBy(() -> KeydRequests.read(
                        new KeydFrame(type, ByteBuffer.wrap(HexFormat.of().parseHex(body.replace(" ", ""))))))
                .isInstanceOf(MalformedFrameException.class);
    }

    @Test
    void fieldsOutOfRange_areMalformed() {
        malformed(KeydRequests.PUBLISH, "80000000");
        malformed(KeydRequests.PUBLISH, "00000002 00");
        malformed(KeydRequests.CHALLENGE, "0000 00000000"); // no node
        malformed(KeydRequests.CHALLENGE, "0001 41 00000000"); // an upper-case node
        malformed(KeydRequests.CHALLENGE, "0001 0a 00000000"); // a line feed
        malformed(KeydRequests.ROTATE, "0001 74 0000"); // no key
        malformed(KeydRequests.RELEASES, "0000 0000 8000000000000000 0001");
        malformed(KeydRequests.STATUS, "00");
        assertThatThrownBy(() -> KeydReplies.read(new KeydFrame(
                        KeydReplies.REFUSED, ByteBuffer.wrap(HexFormat.of().parseHex("0001410000")))))
                .isInstanceOf(MalformedFrameException.class);
        assertThatThrownBy(
                        () -> KeydReplies.read(new KeydFrame(KeydReplies.VERSION, ByteBuffer.allocate(Integer.BYTES))))
                .isInstanceOf(MalformedFrameException.class);
    }

    @Test
    void boundsOfRequests_areOnTheRightSide() {
        var node = new NodeId("n");
        assertThat(new KeydRequest.Challenge(node, Bytes.of(new byte[1024]))
                        .ak()
                        .length())
                .isEqualTo(1024);
        assertThatThrownBy(() -> new KeydRequest.Challenge(node, Bytes.of(new byte[1025])))
                .isInstanceOf(IllegalArgumentException.class);
        var most = Bytes.of(new byte[65_536]);
        var more = Bytes.of(new byte[65_537]);
        var proof = Bytes.of(new byte[40_960]);
        assertThat(new KeydRequest.Seal(Bytes.EMPTY, most, Bytes.EMPTY, proof)).isNotNull();
        assertThatThrownBy(() -> new KeydRequest.Seal(Bytes.EMPTY, more, Bytes.EMPTY, Bytes.EMPTY))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(
                        () -> new KeydRequest.Seal(Bytes.EMPTY, Bytes.EMPTY, Bytes.EMPTY, Bytes.of(new byte[40_961])))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new KeydRequest.ListReleases(Optional.empty(), Optional.empty(), -1, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new KeydRequest.ListReleases(Optional.empty(), Optional.empty(), 0, 65_536))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void textThatIsNotPrintableAscii_isNotWritten() {
        for (var text : List.of("\n", "é", "\u007f", "x".repeat(65_536))) {
            assertThatThrownBy(() -> KeydReplies.frame(new KeydReply.Status(text)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        for (var reason : List.of("", "A", "a-b", "x".repeat(41))) {
            assertThatThrownBy(() -> new KeydReply.Refused(reason, "")).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @FuzzTest(maxDuration = "10s")
    void arbitraryFrame_isARequestThatWritesItselfBack_orMalformed(byte[] data) throws Exception {
        if (data.length < Short.BYTES) {
            return;
        }
        try {
            var frame = frame(whole(data));
            assertThat(bytes(KeydRequests.frame(KeydRequests.read(frame)))).isEqualTo(whole(data));
        } catch (MalformedFrameException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @FuzzTest(maxDuration = "10s")
    void arbitraryFrame_isAnAnswerThatWritesItselfBack_orMalformed(byte[] data) throws Exception {
        if (data.length < Short.BYTES) {
            return;
        }
        try {
            var frame = frame(whole(data));
            assertThat(bytes(KeydReplies.frame(KeydReplies.read(frame)))).isEqualTo(whole(data));
        } catch (MalformedFrameException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    private static byte[] whole(byte[] data) {
        return ByteBuffer.allocate(Integer.BYTES + data.length)
                .putInt(data.length)
                .put(data)
                .array();
    }

    @FuzzTest(maxDuration = "10s")
    void arbitraryStream_isCutIntoFrames_orEndsInAnError(byte[] data) throws Exception {
        var channel = Channels.newChannel(new ByteArrayInputStream(data));
        int length = 0;
        try {
            for (var next = KeydFrame.read(channel, 4096); next.isPresent(); next = KeydFrame.read(channel, 4096)) {
                length += Integer.BYTES + Short.BYTES + next.get().body().remaining();
            }
            assertThat(length).isEqualTo(data.length);
        } catch (MalformedFrameException | EOFException e) {
            assertThat(length).isLessThan(data.length);
        }
    }
}
