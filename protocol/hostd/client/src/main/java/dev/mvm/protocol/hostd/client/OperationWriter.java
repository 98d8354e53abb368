package dev.mvm.protocol.hostd.client;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.protocol.hostd.FrameBuilder;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostRequest;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/// Writes operations and frames of streams. One instance for each direction of a connection; not thread-safe.
public final class OperationWriter {
    private final FrameBuilder out = new FrameBuilder();

    public OperationWriter() {}

    /// Returns the frame of `request`, valid until the next call.
    public ByteBuffer encode(HostRequest request) {
        int type = request.operation().type().number();
        request.plan()
                .ifPresentOrElse(
                        plan -> out.begin(HostRequest.PLANNED).rest(hash(plan)).u16(type), () -> out.begin(type));
        return body(request.operation());
    }

    /// Returns the frame of `operation`, of no plan, valid until the next call.
    public ByteBuffer encode(HostOperation operation) {
        return encode(HostRequest.unplanned(operation));
    }

    private static Bytes hash(Digest plan) {
        return Bytes.of(HexFormat.of().parseHex(plan.hex()));
    }

    private ByteBuffer body(HostOperation operation) {
        switch (operation) {
            case HostOperation.InstallState o -> envelope(o).bytes(checked(o.proof(), HostOperation.MAX_PROOF));
            case HostOperation.Install o -> envelope(o);
            case HostOperation.SetupNetwork o -> out.u16(o.net().value());
            case HostOperation.CreateInstance o -> create(o);
            case HostOperation.AttachDrives o -> out.instance(o.instance());
            case HostOperation.StartInstance o -> out.instance(o.instance());
            case HostOperation.StopInstance o -> out.instance(o.instance()).u32(o.graceMillis());
            case HostOperation.PauseInstance o -> out.instance(o.instance());
            case HostOperation.ResumeInstance o -> out.instance(o.instance());
            case HostOperation.SleepInstance o -> out.instance(o.instance()).u8(o.force() ? 1 : 0);
            case HostOperation.WakeInstance o -> out.instance(o.instance());
            case HostOperation.DestroyInstance o -> out.instance(o.instance());
            case HostOperation.VerifyNetworks o -> out.u8(o.deep() ? 1 : 0);
            case HostOperation.Observe o -> out.u64(o.change()).u32(o.waitMillis());
            case HostOperation.GuestPing o -> out.instance(o.instance());
            case HostOperation.GuestExec o -> out.instance(o.instance()).bytes(checked(o.exec(), StreamFrame.MAX));
            case HostOperation.GuestLogs o -> out.instance(o.instance()).u8(o.follow() ? 1 : 0);
        }
        return out.end();
    }

    private FrameBuilder envelope(HostOperation.Install o) {
        return out.bytes(checked(o.envelope(), HostOperation.MAX_ENVELOPE));
    }

    /// hostd would close the connection without a word.
    private static Bytes checked(Bytes bytes, int most) {
        if (bytes.length() > most) {
            throw new IllegalArgumentException(bytes.length() + " bytes: hostd takes at most " + most);
        }
        return bytes;
    }

    private void create(HostOperation.CreateInstance o) {
        out.address(o.address())
                .u16(o.slot().net().value())
                .u8(o.slot().offset())
                .text(o.revision().value())
                .u8(o.resources().vcpus())
                .u32(o.resources().memMib())
                .u32(o.resources().diskGib());
    }

    /// Returns the bytes of `frame`, valid until the next call.
    public ByteBuffer encode(StreamFrame frame) {
        return out.begin(StreamFrame.BASE + frame.type()).rest(frame.payload()).end();
    }
}
