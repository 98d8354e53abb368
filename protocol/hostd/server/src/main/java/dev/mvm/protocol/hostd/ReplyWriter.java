package dev.mvm.protocol.hostd;

import java.nio.ByteBuffer;
import java.util.List;

/// Writes answers as frames: hostd's half. One instance for each direction of a connection; not thread-safe.
public final class ReplyWriter {
    public static final int DONE = 128;
    public static final int REFUSED = 129;
    public static final int FAILED = 130;
    public static final int OBSERVED = 148;
    public static final int ENDED = 132;
    public static final int FOUND = 145;
    public static final int STATED = 146;

    public static final int ATTACHED = 1;
    public static final int CONNECTED = 2;
    public static final int READY = 4;
    public static final int HAS_SLEPT = 8;
    public static final int BEHIND = 16;

    private final FrameBuilder out = new FrameBuilder();

    public ReplyWriter() {}

    /// Returns the frame of `reply`, valid until the next call.
    public ByteBuffer encode(HostReply reply) {
        switch (reply) {
            case HostReply.Done _ -> out.begin(DONE);
            case HostReply.Refused r -> out.begin(REFUSED).text(r.reason().value());
            case HostReply.Failed r -> out.begin(FAILED).text(r.call().value()).u32(r.errno());
            case HostReply.Observed r -> observation(r.observation());
            case HostReply.Found r -> out.begin(FOUND).bytes(r.lines());
            case HostReply.Stated r -> out.begin(STATED).bytes(r.statement());
            case HostReply.Ended r -> out.begin(ENDED).text(r.how().word());
        }
        return out.end();
    }

    private void observation(Observation o) {
        out.begin(OBSERVED)
                .u64(o.change())
                .text(o.mode())
                .text(o.vmm())
                .text(o.accelerator())
                .u32(o.root())
                .u64(o.log())
                .u64(o.sequence())
                .u64(o.expires())
                .u32(o.keyPeriod())
                .list(o.limits(), FrameBuilder::text)
                .list(o.networks(), (frame, net) -> frame.u16(net.value()))
                .list(o.instances(), ReplyWriter::instance)
                .list(
                        List.copyOf(o.refusals().entrySet()),
                        (frame, refusal) -> frame.text(refusal.getKey()).u64(refusal.getValue()))
                .list(o.security(), ReplyWriter::finding);
    }

    private static void finding(FrameBuilder out, Observation.Finding finding) {
        out.text(finding.name()).u8(finding.holds() ? 1 : 0).text(finding.found());
    }

    private static void instance(FrameBuilder out, Observation.Instance i) {
        int flags = (i.attached() ? ATTACHED : 0)
                | (i.connected() ? CONNECTED : 0)
                | (i.ready() ? READY : 0)
                | (i.behind() ? BEHIND : 0)
                | (i.sleep().isPresent() ? HAS_SLEPT : 0);
        out.address(i.address())
                .u16(i.slot().net().value())
                .u8(i.slot().offset())
                .text(i.state().word())
                .text(i.revision().value())
                .u8(i.resources().vcpus())
                .u32(i.resources().memMib())
                .u32(i.resources().diskGib())
                .u8(flags)
                .u8(hookNumber(i.hook()))
                .u64(i.started())
                .text(i.reason().map(Label::value).orElse(""))
                .u64(i.usage().cpuMillis())
                .u64(i.usage().netBytes())
                .u64(i.usage().asked());
        i.sleep().ifPresent(sleep -> sleep(out, sleep));
    }

    private static void sleep(FrameBuilder out, Observation.Sleep s) {
        out.u64(s.epoch())
                .u64(s.memoryBytes())
                .u64(s.sealedBytes())
                .u64(s.sealMillis())
                .u64(s.openMillis())
                .u64(s.at());
    }

    private static int hookNumber(Observation.Hook hook) {
        return switch (hook) {
            case NONE -> 0;
            case READY -> 1;
            case IDLE -> 2;
            case BUSY -> 3;
        };
    }
}
