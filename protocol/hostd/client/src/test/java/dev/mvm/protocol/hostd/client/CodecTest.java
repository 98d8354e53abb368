package dev.mvm.protocol.hostd.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.HostRequest;
import dev.mvm.protocol.hostd.HostdFrames;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.hostd.MalformedFrameException;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.hostd.OperationReader;
import dev.mvm.protocol.hostd.OperationType;
import dev.mvm.protocol.hostd.ReplyWriter;
import java.io.EOFException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class CodecTest {
    private static HostOperation operation(Draw draw) {
        var id = InstanceId.of((int) draw.between(0, 0xffff_ffffL));
        return switch (draw.intBetween(0, 19)) {
            case 19 -> new HostOperation.GuestLogs(id, draw.flag());
            case 17 -> new HostOperation.InstallBlob(Bytes.of(draw.bytes(0, 50)));
            case 18 -> new HostOperation.AnswerChallenge(Bytes.of(draw.bytes(0, 50)));
            case 13 -> new HostOperation.InstallRoot(Bytes.of(draw.bytes(0, 50)));
            case 0 -> new HostOperation.InstallGrant(Bytes.of(draw.bytes(0, 50)));
            case 1 -> new HostOperation.InstallState(Bytes.of(draw.bytes(0, 50)), Bytes.of(draw.bytes(0, 9)));
            case 2 -> new HostOperation.SetupNetwork(new NetId(draw.intBetween(0, 4095)));
            case 3 ->
                new HostOperation.CreateInstance(
                        address(draw), slot(draw), Digest.of(draw.bytes(0, 2)), resources(draw));
            case 4 -> new HostOperation.AttachDrives(id);
            case 5 -> new HostOperation.StartInstance(id);
            case 6 -> new HostOperation.StopInstance(id, draw.intBetween(0, 600_000));
            case 7 -> new HostOperation.PauseInstance(id);
            case 8 -> new HostOperation.ResumeInstance(id);
            case 14 -> new HostOperation.SleepInstance(id, draw.flag());
            case 15 -> new HostOperation.WakeInstance(id);
            case 9 -> new HostOperation.DestroyInstance(id);
            case 10 -> new HostOperation.Observe(draw.between(0, Long.MAX_VALUE), draw.intBetween(0, 60_000));
            case 12 -> new HostOperation.VerifyNetworks(draw.flag());
            case 11 -> new HostOperation.GuestPing(id);
            default -> new HostOperation.GuestExec(id, Bytes.of(draw.bytes(0, 50)));
        };
    }

    private static InstanceAddress address(Draw draw) {
        return InstanceAddress.parse(
                draw.one("demo", "acme") + "/" + draw.one("web", "db") + "/" + InstanceId.of(draw.intBetween(0, 9)));
    }

    private static Slot slot(Draw draw) {
        return new Slot(new NetId(draw.intBetween(0, 4095)), draw.intBetween(3, 254));
    }

    private static Resources resources(Draw draw) {
        return new Resources(draw.intBetween(1, 32), draw.intBetween(64, 1 << 20), draw.intBetween(0, 1 << 16));
    }

    private static HostReply reply(Draw draw) {
        var label = new Label(draw.text(1, 40, "abz09_"));
        return switch (draw.intBetween(0, 6)) {
            case 6 -> new HostReply.Stated(Bytes.of(draw.bytes(0, 40)));
            case 5 -> new HostReply.Found(Bytes.of(draw.bytes(0, 40)));
            case 0 -> new HostReply.Done();
            case 1 -> new HostReply.Refused(label);
            case 2 -> new HostReply.Failed(label, draw.intBetween(0, 200));
            case 3 -> new HostReply.Ended(draw.of(List.of(HostReply.Ending.values())));
            default ->
                new HostReply.Observed(new Observation(
                        draw.between(0, Long.MAX_VALUE),
                        "dev",
                        "qemu 10.0.13",
                        draw.one("kvm", "tcg"),
                        draw.intBetween(1, 9),
                        draw.between(0, 9),
                        draw.between(0, 9),
                        draw.between(0, 9),
                        draw.intBetween(0, 9),
                        draw.list(0, 3, () -> draw.text(0, 20, "plain words")),
                        draw.list(0, 3, () -> new NetId(draw.intBetween(0, 4095))),
                        draw.list(0, 4, () -> instance(draw)),
                        draw.flag() ? Map.of() : Map.of("no_state", draw.between(1, 99), "frozen", 7L),
                        draw.list(
                                0,
                                3,
                                () -> new Observation.Finding("no dumps", draw.flag(), draw.text(0, 9, "words")))));
        };
    }

    private static Observation.Instance instance(Draw draw) {
        return new Observation.Instance(
                address(draw),
                slot(draw),
                draw.of(List.of(InstanceState.values())),
                Digest.of(draw.bytes(0, 2)),
                resources(draw),
                draw.flag(),
                draw.flag(),
                draw.flag(),
                draw.flag(),
                draw.of(List.of(Observation.Hook.values())),
                draw.between(0, Long.MAX_VALUE),
                draw.flag() ? Optional.of(new Label("vmm_exited")) : Optional.empty(),
                new Observation.Usage(
                        draw.between(0, Long.MAX_VALUE),
                        draw.between(0, Long.MAX_VALUE),
                        draw.between(0, Long.MAX_VALUE)),
                draw.flag() ? Optional.of(sleep(draw)) : Optional.empty());
    }

    private static Observation.Sleep sleep(Draw draw) {
        return new Observation.Sleep(
                draw.between(1, Long.MAX_VALUE),
                draw.between(0, Long.MAX_VALUE),
                draw.between(0, 9),
                draw.between(0, 9),
                draw.between(0, 9),
                draw.between(0, Long.MAX_VALUE));
    }

    /// A source that hands out `bytes` in pieces of the sizes drawn.
    private static HostdFrames frames(byte[] bytes, Draw draw) {
        var left = ByteBuffer.wrap(bytes);
        return new HostdFrames(
                into -> {
                    if (!left.hasRemaining()) {
                        return -1;
                    }
                    int n = Math.min(Math.min(left.remaining(), into.remaining()), draw.intBetween(1, 64));
                    into.put(left.slice(left.position(), n));
                    left.position(left.position() + n);
                    return n;
                },
                ByteBuffer::allocateDirect);
    }

    @Test
    void everyOperation_readsBackInAnyPieces() {
        Property.holds(2_000, draw -> {
            var operations = draw.list(1, 5, () -> operation(draw));
            var codec = new OperationWriter();
            var wire = new java.io.ByteArrayOutputStream();
            for (var operation : operations) {
                wire.writeBytes(copy(codec.encode(operation)));
            }
            var frames = frames(wire.toByteArray(), draw);
            for (var operation : operations) {
                assertThat(OperationReader.operation(frames.next().orElseThrow()))
                        .isEqualTo(operation);
            }
            assertThat(frames.next()).isEmpty();
        });
    }

    /// A process that takes the connection over after a frame has every byte of it: the source has given the frames
    /// so far and the bytes ahead.
    @Test
    void whatIsReadBeyondAFrame_isKept_andIsNeverMuch() {
        Property.holds(200, draw -> {
            var wire = new java.io.ByteArrayOutputStream();
            var codec = new OperationWriter();
            int count = draw.intBetween(1, 6);
            for (int i = 0; i < count; i++) {
                var payload =
                        new byte[draw.one(0, 7, 2_000, HostdFrames.AHEAD - 7, HostdFrames.AHEAD - 6, StreamFrame.MAX)];
                wire.writeBytes(copy(codec.encode(new StreamFrame(draw.intBetween(1, 255), Bytes.of(payload)))));
            }
            var bytes = wire.toByteArray();
            int most = draw.one(3, 100, 5_000, Integer.MAX_VALUE);
            var given = new int[1];
            var frames = new HostdFrames(
                    into -> {
                        int n = Math.min(Math.min(bytes.length - given[0], into.remaining()), most);
                        into.put(bytes, given[0], n);
                        given[0] += n;
                        return n == 0 ? -1 : n;
                    },
                    ByteBuffer::allocateDirect);
            int used = 0;
            for (int i = 0; i < count; i++) {
                used += Integer.BYTES + frames.next().orElseThrow().remaining();
                assertThat(frames.ahead()).isEqualTo(Bytes.of(Arrays.copyOfRange(bytes, used, given[0])));
                assertThat(frames.ahead().length()).isLessThan(HostdFrames.AHEAD);
            }
            assertThat(frames.next()).isEmpty();
        });
    }

    @Test
    void everyReply_readsBack() {
        Property.holds(2_000, draw -> {
            var reply = reply(draw);
            var frame = new ReplyWriter().encode(reply).position(Integer.BYTES);
            assertThat(ReplyReader.reply(frame.slice())).isEqualTo(reply);
        });
    }

    @Test
    void refusalsTwiceOrOutOfOrder_areMalformed() {
        var counts = new java.util.LinkedHashMap<String, Long>();
        counts.put("a_reason", 1L);
        counts.put("b_reason", 2L);
        var observation =
                new Observation(0, "dev", "", "kvm", 1, 0, 0, 0, 0, List.of(), List.of(), List.of(), counts, List.of());
        var frame = copy(new ReplyWriter().encode(new HostReply.Observed(observation)));
        for (var other : new char[] {'b', 'c'}) {
            var changed = frame.clone();
            changed[new String(frame, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("a_reason")] = (byte) other;
            assertThatThrownBy(() ->
                            ReplyReader.reply(ByteBuffer.wrap(changed, Integer.BYTES, changed.length - Integer.BYTES)
                                    .slice()))
                    .isInstanceOf(MalformedFrameException.class);
        }
    }

    @Test
    void everyStreamFrame_readsBack() {
        Property.holds(500, draw -> {
            var payload = draw.flag() ? Bytes.of(draw.bytes(0, 40)) : Bytes.of(new byte[draw.one(0, StreamFrame.MAX)]);
            var frame = new StreamFrame(draw.intBetween(1, 255), payload);
            var wire =
                    new OperationWriter().encode(frame).position(Integer.BYTES).slice();
            assertThat(ReplyReader.isOfAStream(wire)).isTrue();
            assertThat(StreamFrame.read(wire)).isEqualTo(frame);
        });
    }

    /// A program's connection takes its own frames alone, and other connections take none of these.
    @Test
    @Tag("claim-H3")
    void framesOfStreams_areNoOperations_andOperationsNoFramesOfStreams() {
        Property.holds(500, draw -> {
            var operation = copy(new OperationWriter().encode(operation(draw)));
            assertThatThrownBy(() -> StreamFrame.read(body(operation))).isInstanceOf(MalformedFrameException.class);
            var frame = copy(new OperationWriter()
                    .encode(new StreamFrame(draw.intBetween(1, 255), Bytes.of(draw.bytes(0, 40)))));
            assertThatThrownBy(() -> OperationReader.operation(body(frame)))
                    .isInstanceOf(MalformedFrameException.class);
        });
    }

    @Test
    @Tag("claim-H3")
    void streamFrameBeyondItsSize_isRefused() {
        var body = ByteBuffer.allocate(Short.BYTES + StreamFrame.MAX + 1).putShort(0, (short) (StreamFrame.BASE + 4));
        assertThatThrownBy(() -> StreamFrame.read(body)).isInstanceOf(MalformedFrameException.class);
        var exec = new HostOperation.GuestExec(new InstanceId("i-1a2b3c4d"), Bytes.of(new byte[StreamFrame.MAX + 1]));
        assertThatThrownBy(() -> new OperationWriter().encode(exec)).isInstanceOf(IllegalArgumentException.class);
    }

    private static ByteBuffer body(byte[] frame) {
        return ByteBuffer.wrap(frame, Integer.BYTES, frame.length - Integer.BYTES)
                .slice();
    }

    @Test
    @Tag("claim-H3")
    void operationCutShortOrLengthened_isRefused() {
        Property.holds(2_000, draw -> {
            var whole = copy(new OperationWriter().encode(operation(draw)));
            int size = whole.length - Integer.BYTES;
            var cut = ByteBuffer.wrap(whole, Integer.BYTES, draw.intBetween(2, size))
                    .slice();
            var longer = ByteBuffer.allocate(size + 1)
                    .put(whole, Integer.BYTES, size)
                    .rewind();
            if (cut.remaining() < size) {
                assertThatThrownBy(() -> OperationReader.operation(cut)).isInstanceOf(MalformedFrameException.class);
            }
            assertThatThrownBy(() -> OperationReader.operation(longer)).isInstanceOf(MalformedFrameException.class);
        });
    }

    @Test
    @Tag("claim-H3")
    void planBeforeAnOperation_readsBack_andNothingElseWithIt() {
        Property.holds(2_000, draw -> {
            var plan = draw.flag() ? Optional.of(Digest.of(draw.bytes(0, 2))) : Optional.<Digest>empty();
            var request = new HostRequest(operation(draw), plan);
            var whole = copy(new OperationWriter().encode(request));
            assertThat(OperationReader.request(body(whole))).isEqualTo(request);
            var cut = body(Arrays.copyOf(whole, draw.intBetween(Integer.BYTES + 2, whole.length - 1)));
            assertThatThrownBy(() -> OperationReader.request(cut)).isInstanceOf(MalformedFrameException.class);
            var longer = body(Arrays.copyOf(whole, whole.length + 1));
            assertThatThrownBy(() -> OperationReader.request(longer)).isInstanceOf(MalformedFrameException.class);
        });
    }

    @Test
    @Tag("claim-H3")
    void planBeforeAPlan_orBeforeNothing_isRefused() throws Exception {
        assertThat(OperationType.of(HostRequest.PLANNED)).isEmpty();
        var head = "0015" + "01".repeat(HostRequest.HASH_BYTES);
        for (var frame :
                List.of(head, "0015", head + "00", head + head + "00030fff", "0015" + "01".repeat(31) + "0003")) {
            var bytes = ByteBuffer.wrap(HexFormat.of().parseHex(frame));
            assertThatThrownBy(() -> OperationReader.request(bytes)).isInstanceOf(MalformedFrameException.class);
        }
        var good = ByteBuffer.wrap(HexFormat.of().parseHex(head + "00030fff"));
        assertThat(OperationReader.request(good))
                .isEqualTo(new HostRequest(
                        new HostOperation.SetupNetwork(new NetId(4095)),
                        Optional.of(new Digest("sha256:" + "01".repeat(HostRequest.HASH_BYTES)))));
    }

    /// One frame of each kind that carries a value, byte for byte: the numbers of docs/protocol/hostd.md.
    @Test
    void goldenFrames_neverChange() throws Exception {
        var codec = new OperationWriter();
        var id = new InstanceId("i-1a2b3c4d");
        assertThat(hex(codec.encode(new HostOperation.StopInstance(id, 5000))))
                .isEqualTo("000000120007000a692d316132623363346400001388");
        assertThat(hex(codec.encode(new HostOperation.SetupNetwork(new NetId(4095)))))
                .isEqualTo("0000000400030fff");
        var plan = new Digest("sha256:" + "a1".repeat(32));
        assertThat(hex(codec.encode(
                        new HostRequest(new HostOperation.SetupNetwork(new NetId(4095)), Optional.of(plan)))))
                .isEqualTo("000000260015" + "a1".repeat(32) + "00030fff");
        assertThat(hex(codec.encode(new HostOperation.Observe(7, 1000))))
                .isEqualTo("0000000e000b0000000000000007000003e8");
        assertThat(hex(codec.encode(new HostOperation.GuestExec(id, Bytes.of(new byte[] {1, 2, 3})))))
                .isEqualTo("000000150010000a692d3161326233633464" + "00000003010203");
        assertThat(hex(codec.encode(new HostOperation.GuestLogs(id, true))))
                .isEqualTo("0000000f0018000a692d316132623363346401");
        assertThat(hex(codec.encode(new LogFrame.Output(Bytes.of(new byte[] {9})).frame())))
                .isEqualTo("0000000301c009");
        assertThat(hex(codec.encode(new LogFrame.Lost(7).frame()))).isEqualTo("0000000a01c10000000000000007");
        assertThat(hex(codec.encode(new LogFrame.End().frame()))).isEqualTo("0000000201c2");
        assertThat(hex(codec.encode(new StreamFrame(8, Bytes.of(new byte[] {9})))))
                .isEqualTo("00000003010809");
        assertThat(hex(codec.encode(new HostOperation.SleepInstance(id, true))))
                .isEqualTo("0000000f0011000a692d316132623363346401");
        assertThat(hex(codec.encode(new HostOperation.WakeInstance(id))))
                .isEqualTo("0000000e0012000a692d3161326233633464");
        assertThat(hex(codec.encode(new HostOperation.AnswerChallenge(Bytes.of(new byte[] {7})))))
                .isEqualTo("00000007" + "0016" + "0000000107");
        assertThat(hex(codec.encode(new HostOperation.InstallBlob(Bytes.of(new byte[] {7})))))
                .isEqualTo("00000007" + "0017" + "0000000107");
        var replies = new ReplyWriter();
        assertThat(hex(replies.encode(new HostReply.Stated(Bytes.of(new byte[] {7})))))
                .isEqualTo("00000007" + "0092" + "0000000107");
        assertThat(hex(replies.encode(new HostReply.Done()))).isEqualTo("000000020080");
        assertThat(hex(replies.encode(new HostReply.Refused(new Label("frozen")))))
                .isEqualTo("0000000a0081000666726f7a656e");
        assertThat(hex(replies.encode(new HostReply.Failed(new Label("openat2"), 2))))
                .isEqualTo("0000000f008200076f70656e6174320000" + "0002");
        assertThat(hex(replies.encode(new HostReply.Ended(HostReply.Ending.KILLED))))
                .isEqualTo("0000000a008400066b696c6c6564");
    }

    @Test
    @Tag("claim-H3")
    void frameLengthOutOfRange_isRefusedBeforeAllocation() {
        for (int length : new int[] {0, 1, HostdFrames.MAX + 1, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
            var frames = new HostdFrames(
                    into -> {
                        into.putInt(length);
                        return Integer.BYTES;
                    },
                    ByteBuffer::allocateDirect);
            assertThatThrownBy(frames::next).isInstanceOf(MalformedFrameException.class);
        }
    }

    @Test
    void streamThatEndsInsideAFrame_isAnError() {
        var once = ByteBuffer.wrap(new byte[] {0, 0, 0, 9, 0});
        var frames = new HostdFrames(
                into -> {
                    if (!once.hasRemaining()) {
                        return -1;
                    }
                    into.put(once.get());
                    return 1;
                },
                ByteBuffer::allocateDirect);
        assertThatThrownBy(frames::next).isInstanceOf(EOFException.class);
    }

    @Test
    void largestFrame_passes() throws Exception {
        var codec = new OperationWriter();
        var big = new HostOperation.InstallState(
                Bytes.of(new byte[HostOperation.MAX_ENVELOPE]), Bytes.of(new byte[HostOperation.MAX_PROOF]));
        var wire = copy(codec.encode(big));
        var draw = new int[] {0};
        var frames = new HostdFrames(
                into -> {
                    int n = Math.min(into.remaining(), wire.length - draw[0]);
                    into.put(wire, draw[0], n);
                    draw[0] += n;
                    return n == 0 ? -1 : n;
                },
                ByteBuffer::allocateDirect);
        assertThat(OperationReader.operation(frames.next().orElseThrow())).isEqualTo(big);
        var beyond = Bytes.of(new byte[HostOperation.MAX_ENVELOPE + 1]);
        for (var operation : List.of(
                new HostOperation.InstallState(beyond, Bytes.EMPTY),
                new HostOperation.InstallState(Bytes.EMPTY, Bytes.of(new byte[HostOperation.MAX_PROOF + 1])),
                new HostOperation.InstallGrant(beyond),
                new HostOperation.InstallBlob(beyond),
                new HostOperation.AnswerChallenge(beyond))) {
            assertThatThrownBy(() -> codec.encode(operation)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    /// The client does not send these; hostd does not read them either.
    @Test
    @Tag("claim-H3")
    void bytesBeyondTheirBound_areMalformed() {
        for (int type : new int[] {1, 2, 14, 22, 23}) {
            int length = HostOperation.MAX_ENVELOPE + 1;
            var frame = ByteBuffer.allocate(Short.BYTES + Integer.BYTES + length)
                    .putShort((short) type)
                    .putInt(length)
                    .rewind();
            assertThatThrownBy(() -> OperationReader.operation(frame)).isInstanceOf(MalformedFrameException.class);
        }
    }

    @FuzzTest(maxDuration = "10s")
    @Tag("claim-H3")
    void arbitraryFrame_isAnOperationThatWritesItselfBack_orMalformed(byte[] data) {
        if (data.length < Short.BYTES) {
            return;
        }
        try {
            var request = OperationReader.request(ByteBuffer.wrap(data));
            assertThat(copy(new OperationWriter().encode(request)))
                    .endsWith(data)
                    .hasSize(data.length + Integer.BYTES);
        } catch (MalformedFrameException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @FuzzTest(maxDuration = "10s")
    @Tag("claim-H3")
    void arbitraryFrame_isAStreamsThatWritesItselfBack_orMalformed(byte[] data) {
        if (data.length < Short.BYTES) {
            return;
        }
        try {
            var frame = StreamFrame.read(ByteBuffer.wrap(data));
            assertThat(copy(new OperationWriter().encode(frame))).endsWith(data).hasSize(data.length + Integer.BYTES);
        } catch (MalformedFrameException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @FuzzTest(maxDuration = "10s")
    @Tag("claim-H3")
    void arbitraryFrame_isALogsThatWritesItselfBack_orMalformed(byte[] data) {
        if (data.length < Short.BYTES) {
            return;
        }
        try {
            var frame = LogFrame.read(StreamFrame.read(ByteBuffer.wrap(data))).frame();
            assertThat(copy(new OperationWriter().encode(frame))).endsWith(data).hasSize(data.length + Integer.BYTES);
        } catch (MalformedFrameException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @FuzzTest(maxDuration = "10s")
    void arbitraryFrame_isAReplyThatWritesItselfBack_orMalformed(byte[] data) {
        if (data.length < Short.BYTES) {
            return;
        }
        try {
            var reply = ReplyReader.reply(ByteBuffer.wrap(data));
            assertThat(copy(new ReplyWriter().encode(reply))).endsWith(data).hasSize(data.length + Integer.BYTES);
        } catch (MalformedFrameException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    private static byte[] copy(ByteBuffer frame) {
        var out = new byte[frame.remaining()];
        frame.get(out);
        return out;
    }

    private static String hex(ByteBuffer frame) {
        return HexFormat.of().formatHex(copy(frame));
    }
}
