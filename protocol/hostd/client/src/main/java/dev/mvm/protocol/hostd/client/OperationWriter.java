package dev.mvm.protocol.hostd.client;

import static dev.mvm.protocol.hostd.OperationReader.ATTACH_DRIVES;
import static dev.mvm.protocol.hostd.OperationReader.CREATE_INSTANCE;
import static dev.mvm.protocol.hostd.OperationReader.DESTROY_INSTANCE;
import static dev.mvm.protocol.hostd.OperationReader.GUEST_EXEC;
import static dev.mvm.protocol.hostd.OperationReader.GUEST_PING;
import static dev.mvm.protocol.hostd.OperationReader.INSTALL_GRANT;
import static dev.mvm.protocol.hostd.OperationReader.INSTALL_ROOT;
import static dev.mvm.protocol.hostd.OperationReader.INSTALL_STATE;
import static dev.mvm.protocol.hostd.OperationReader.OBSERVE;
import static dev.mvm.protocol.hostd.OperationReader.PAUSE_INSTANCE;
import static dev.mvm.protocol.hostd.OperationReader.RESUME_INSTANCE;
import static dev.mvm.protocol.hostd.OperationReader.SETUP_NETWORK;
import static dev.mvm.protocol.hostd.OperationReader.SLEEP_INSTANCE;
import static dev.mvm.protocol.hostd.OperationReader.START_INSTANCE;
import static dev.mvm.protocol.hostd.OperationReader.STOP_INSTANCE;
import static dev.mvm.protocol.hostd.OperationReader.VERIFY_NETWORKS;
import static dev.mvm.protocol.hostd.OperationReader.WAKE_INSTANCE;

import dev.mvm.protocol.hostd.FrameBuilder;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.StreamFrame;
import java.nio.ByteBuffer;

/// Operations, and what programs are told, as frames. One instance for each direction of a connection; not thread-safe.
public final class OperationWriter {
    private final FrameBuilder out = new FrameBuilder();

    public OperationWriter() {}

    /// The frame of `operation`, valid until the next call.
    public ByteBuffer encode(HostOperation operation) {
        switch (operation) {
            case HostOperation.InstallRoot o -> out.begin(INSTALL_ROOT).bytes(o.envelope());
            case HostOperation.InstallGrant o -> out.begin(INSTALL_GRANT).bytes(o.envelope());
            case HostOperation.InstallState o ->
                out.begin(INSTALL_STATE).bytes(o.envelope()).bytes(o.proof());
            case HostOperation.SetupNetwork o ->
                out.begin(SETUP_NETWORK).u16(o.net().value());
            case HostOperation.CreateInstance o -> create(o);
            case HostOperation.AttachDrives o -> out.begin(ATTACH_DRIVES).instance(o.instance());
            case HostOperation.StartInstance o -> out.begin(START_INSTANCE).instance(o.instance());
            case HostOperation.StopInstance o ->
                out.begin(STOP_INSTANCE).instance(o.instance()).u32(o.graceMillis());
            case HostOperation.PauseInstance o -> out.begin(PAUSE_INSTANCE).instance(o.instance());
            case HostOperation.ResumeInstance o -> out.begin(RESUME_INSTANCE).instance(o.instance());
            case HostOperation.SleepInstance o ->
                out.begin(SLEEP_INSTANCE).instance(o.instance()).u8(o.force() ? 1 : 0);
            case HostOperation.WakeInstance o -> out.begin(WAKE_INSTANCE).instance(o.instance());
            case HostOperation.DestroyInstance o -> out.begin(DESTROY_INSTANCE).instance(o.instance());
            case HostOperation.VerifyNetworks o -> out.begin(VERIFY_NETWORKS).u8(o.deep() ? 1 : 0);
            case HostOperation.Observe o -> out.begin(OBSERVE).u64(o.change()).u32(o.waitMillis());
            case HostOperation.GuestPing o -> out.begin(GUEST_PING).instance(o.instance());
            case HostOperation.GuestExec o ->
                out.begin(GUEST_EXEC).instance(o.instance()).bytes(o.exec());
        }
        return out.end();
    }

    private void create(HostOperation.CreateInstance o) {
        out.begin(CREATE_INSTANCE)
                .address(o.address())
                .u16(o.slot().net().value())
                .u8(o.slot().offset())
                .text(o.revision().value())
                .u8(o.resources().vcpus())
                .u32(o.resources().memMib())
                .u32(o.resources().diskGib());
    }

    /// The frame of `frame`, valid until the next call.
    public ByteBuffer encode(StreamFrame frame) {
        return out.begin(StreamFrame.BASE + frame.type()).rest(frame.payload()).end();
    }
}
