package dev.mvm.protocol.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.model.Bytes;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import dev.mvm.protocol.guest.exec.ExecFrame;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.guest.exec.FromGuest;
import dev.mvm.protocol.guest.exec.GuestSide;
import dev.mvm.protocol.guest.exec.ToGuest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class CodecTest {
    private static final List<EndReason> OF_A_FRAME = List.of(
            EndReason.FRAME_MAGIC,
            EndReason.FRAME_RESERVED,
            EndReason.FRAME_LENGTH,
            EndReason.FRAME_TYPE,
            EndReason.FRAME_STREAM,
            EndReason.FRAME_PAYLOAD);

    @Test
    void hostMessages_readBackInAnyPieces() {
        Property.holds(1_000, draw -> {
            var messages = draw.list(1, 5, () -> Messages.host(draw));
            var wire = Messages.wire(
                    draw, messages.stream().map(HostEncoder::encode).toList());
            var decoder = new HostDecoder(Messages.pieces(draw, wire));
            for (var message : messages) {
                assertThat(decoder.next()).contains(message);
            }
            assertThat(decoder.next()).isEmpty();
        });
    }

    @Test
    void guestMessages_readBackInAnyPieces() {
        Property.holds(1_000, draw -> {
            var messages = draw.list(1, 5, () -> Messages.guest(draw));
            var wire = Messages.wire(
                    draw, messages.stream().map(GuestEncoder::encode).toList());
            var decoder = new GuestDecoder(Messages.pieces(draw, wire));
            for (var message : messages) {
                assertThat(decoder.next()).contains(message);
            }
            assertThat(decoder.next()).isEmpty();
        });
    }

    @Test
    void streamThatEndsInsideAFrame_hasNoFurtherMessage() {
        Property.holds(500, draw -> {
            var wire = Messages.bytes(GuestEncoder.encode(Messages.guest(draw)));
            var cut = Arrays.copyOf(wire, draw.intBetween(0, wire.length - 1));
            assertThat(new GuestDecoder(Messages.pieces(draw, cut)).next()).isEmpty();
        });
    }

    /// Remains of an old session in the pipe: frames, answers to other hellos, the tail of a frame, noise.
    private static byte[] leftovers(Draw draw) {
        var out = new ByteArrayOutputStream();
        for (var piece : draw.list(0, 6, () -> leftover(draw))) {
            out.writeBytes(piece);
        }
        return out.toByteArray();
    }

    private static byte[] leftover(Draw draw) {
        var frame = Messages.bytes(
                draw.flag() ? GuestEncoder.encode(Messages.guest(draw)) : HostEncoder.encode(Messages.host(draw)));
        return switch (draw.intBetween(0, 3)) {
            case 0 -> frame;
            case 1 -> Arrays.copyOfRange(frame, draw.intBetween(0, frame.length), frame.length);
            case 2 -> Arrays.copyOf(frame, draw.intBetween(0, frame.length));
            default -> draw.bytes(0, 60);
        };
    }

    @Test
    void answerBehindLeftovers_isFoundInAnyPieces() {
        Property.holds(1_000, draw -> {
            var ack = Messages.helloAck(draw, Messages.nonce(draw));
            var next = Messages.guest(draw);
            var wire = new ByteArrayOutputStream();
            wire.writeBytes(leftovers(draw));
            wire.writeBytes(Messages.bytes(GuestEncoder.encode(ack)));
            wire.writeBytes(Messages.bytes(GuestEncoder.encode(next)));
            var decoder = new GuestDecoder(Messages.pieces(draw, wire.toByteArray()));
            assertThat(decoder.findAnswer(ack.nonce())).isTrue();
            assertThat(decoder.next()).contains(ack);
            assertThat(decoder.next()).contains(next);
        });
    }

    /// The zero bytes of a serial port complete any frame that was cut, so that an agent finds the hello behind it.
    @Test
    void helloBehindAPartOfAFrameAndZeroBytes_isFound() {
        Property.holds(60, draw -> {
            var old = Messages.bytes(HostEncoder.encode(Messages.host(draw)));
            var hello = new HostMessage.Hello(GuestLimits.VERSION, Messages.nonce(draw));
            var wire = new ByteArrayOutputStream();
            wire.writeBytes(Arrays.copyOf(old, draw.intBetween(0, old.length)));
            wire.writeBytes(new byte[GuestLimits.HEADER + GuestLimits.MAX_PAYLOAD]);
            wire.writeBytes(Messages.bytes(HostEncoder.encode(hello)));
            var decoder = new HostDecoder(Messages.pieces(draw, wire.toByteArray()));
            assertThat(agentHears(decoder, hello)).isTrue();
            assertThat(decoder.next()).isEmpty();
        });
    }

    /// Reads as an agent in the middle of a session does: a frame that breaks a rule makes it look for the next
    /// hello.
    private static boolean agentHears(HostDecoder decoder, HostMessage.Hello hello) throws IOException {
        while (true) {
            try {
                var message = decoder.next();
                if (message.isEmpty() || message.get().equals(hello)) {
                    return message.isPresent();
                }
            } catch (ProtocolViolationException e) {
                if (!decoder.findHello()) {
                    return false;
                }
            }
        }
    }

    @Test
    @Tag("claim-G1")
    void garbageBeforeTheAnswer_isBoundedToTheByte() throws IOException {
        var nonce = Bytes.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
        var ack = Messages.bytes(GuestEncoder.encode(new GuestMessage.HelloAck(1, true, nonce, nonce, "1")));
        assertThat(afterGarbage(GuestDecoder.MAX_GARBAGE, ack).findAnswer(nonce))
                .isTrue();
        assertThatThrownBy(() -> afterGarbage(GuestDecoder.MAX_GARBAGE + 1, ack).findAnswer(nonce))
                .isInstanceOfSatisfying(
                        ProtocolViolationException.class,
                        e -> assertThat(e.reason()).isEqualTo(EndReason.HANDSHAKE_GARBAGE));
        assertThat(afterGarbage(100, new byte[0]).findAnswer(nonce)).isFalse();
    }

    private static GuestDecoder afterGarbage(int size, byte[] rest) {
        var wire = new byte[size + rest.length];
        Arrays.fill(wire, (byte) 0xA5);
        System.arraycopy(rest, 0, wire, size, rest.length);
        return new GuestDecoder(Messages.whole(wire));
    }

    @Test
    void answerToAnotherHello_isNotTheAnswer() throws IOException {
        var nonce = Bytes.of(new byte[16]);
        var other = Bytes.of(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
        var ack = Messages.bytes(GuestEncoder.encode(new GuestMessage.HelloAck(1, true, other, other, "1")));
        assertThat(afterGarbage(0, ack).findAnswer(nonce)).isFalse();
    }

    @Test
    @Tag("claim-G1")
    void headerOfALongFrame_isRefusedBeforeItsPayload() {
        for (int length : new int[] {GuestLimits.MAX_PAYLOAD + 1, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
            var header = ByteBuffer.allocate(GuestLimits.HEADER)
                    .put(GuestFrames.MAGIC)
                    .put((byte) GuestDecoder.PONG)
                    .putShort((short) 0)
                    .putInt(0)
                    .putInt(length);
            assertThatThrownBy(() -> afterGarbage(0, header.array()).next())
                    .isInstanceOfSatisfying(
                            ProtocolViolationException.class,
                            e -> assertThat(e.reason()).isEqualTo(EndReason.FRAME_LENGTH));
        }
    }

    @Test
    void largestExec_fitsAFrameToTheByte() throws IOException {
        int others = 4 + 1 + 1 + 2 + 2 + 2 + 2 + 2 + 2;
        var fits = new ExecRequest(
                List.of(Bytes.of(filled(GuestLimits.MAX_PAYLOAD - others))),
                List.of(),
                Bytes.EMPTY,
                Optional.empty(),
                false);
        var frame = HostEncoder.encode(new HostMessage.OnStream(1, new ToGuest.Exec(0, fits)));
        assertThat(frame.remaining()).isEqualTo(GuestLimits.HEADER + GuestLimits.MAX_PAYLOAD);
        assertThat(new HostDecoder(Messages.whole(Messages.bytes(frame))).next())
                .contains(new HostMessage.OnStream(1, new ToGuest.Exec(0, fits)));
        assertThatThrownBy(() -> new ExecRequest(
                        List.of(Bytes.of(filled(GuestLimits.MAX_PAYLOAD - others + 1))),
                        List.of(),
                        Bytes.EMPTY,
                        Optional.empty(),
                        false))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static byte[] filled(int size) {
        var bytes = new byte[size];
        Arrays.fill(bytes, (byte) 'a');
        return bytes;
    }

    @FuzzTest(maxDuration = "10s")
    @Tag("claim-G1")
    void bytesOfAGuest_areMessagesThatWriteThemselvesBack_orAViolation(byte[] data) throws IOException {
        var decoder = new GuestDecoder(Messages.whole(data));
        writeThemselvesBack(data, () -> decoder.next().map(GuestEncoder::encode));
    }

    /// Bytes that root has passed on unread.
    @FuzzTest(maxDuration = "10s")
    @Tag("claim-G1")
    void payloadOfAGuest_isAMessageThatWritesItselfBack_orAViolation(byte[] data) {
        if (data.length == 0 || data[0] == 0 || data.length > 1 + ExecFrame.MAX_PAYLOAD) {
            return;
        }
        var payload = Bytes.of(Arrays.copyOfRange(data, 1, data.length));
        var frame = new ExecFrame(Byte.toUnsignedInt(data[0]), payload);
        try {
            assertThat(GuestSide.write(FromGuest.of(frame))).isEqualTo(frame);
        } catch (IOException e) {
            assertThat(e.getMessage()).isIn("frame_type", "frame_payload");
        }
    }

    @FuzzTest(maxDuration = "10s")
    void bytesOfAHost_areMessagesThatWriteThemselvesBack_orAViolation(byte[] data) throws IOException {
        var decoder = new HostDecoder(Messages.whole(data));
        writeThemselvesBack(data, () -> decoder.next().map(HostEncoder::encode));
    }

    @FuzzTest(maxDuration = "10s")
    void bytesBeforeAnAnswer_neverHideIt(byte[] data) throws IOException {
        var nonce = Bytes.of(new byte[] {16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1});
        var wire = new ByteArrayOutputStream();
        wire.writeBytes(data);
        wire.writeBytes(Messages.bytes(GuestEncoder.encode(new GuestMessage.HelloAck(1, true, nonce, nonce, "1"))));
        assertThat(new GuestDecoder(Messages.whole(wire.toByteArray())).findAnswer(nonce))
                .isTrue();
    }

    /// Returns a frame that has been read again, empty at the end.
    @FunctionalInterface
    private interface Frame {
        Optional<ByteBuffer> next() throws IOException;
    }

    private static void writeThemselvesBack(byte[] data, Frame frames) throws IOException {
        int at = 0;
        try {
            for (var frame = frames.next(); frame.isPresent(); frame = frames.next()) {
                while (data[at] == 0) {
                    at++;
                }
                int end = at + frame.get().remaining();
                assertThat(Arrays.copyOfRange(data, at, end)).isEqualTo(Messages.bytes(frame.get()));
                at = end;
            }
        } catch (ProtocolViolationException e) {
            assertThat(e.reason()).isIn(OF_A_FRAME);
        }
    }
}
