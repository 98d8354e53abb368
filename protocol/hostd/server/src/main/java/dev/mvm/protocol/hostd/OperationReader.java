package dev.mvm.protocol.hostd;

import dev.mvm.model.Digest;
import dev.mvm.model.NetId;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import java.nio.ByteBuffer;

/// What an agent asks for, from frames: hostd's half. The other is in a module that hostd does not load.
public final class OperationReader {
    public static final int INSTALL_GRANT = 1;
    public static final int INSTALL_STATE = 2;
    public static final int SETUP_NETWORK = 3;
    public static final int CREATE_INSTANCE = 4;
    public static final int ATTACH_DRIVES = 5;
    public static final int START_INSTANCE = 6;
    public static final int STOP_INSTANCE = 7;
    public static final int PAUSE_INSTANCE = 8;
    public static final int RESUME_INSTANCE = 9;
    public static final int DESTROY_INSTANCE = 10;
    public static final int OBSERVE = 11;
    public static final int GUEST_PING = 12;
    public static final int INSTALL_ROOT = 14;
    public static final int GUEST_EXEC = 16;
    public static final int SLEEP_INSTANCE = 17;
    public static final int WAKE_INSTANCE = 18;
    public static final int VERIFY_NETWORKS = 20;

    private OperationReader() {}

    /// Reads a frame that must be an operation.
    ///
    /// @throws MalformedFrameException if it is anything else
    public static HostOperation operation(ByteBuffer frame) throws MalformedFrameException {
        int type = Short.toUnsignedInt(frame.getShort());
        return BodyReader.whole(frame, fields -> operation(type, fields));
    }

    private static HostOperation operation(int type, BodyReader in) throws MalformedFrameException {
        return switch (type) {
            case INSTALL_ROOT -> new HostOperation.InstallRoot(in.bytes(HostOperation.MAX_ENVELOPE));
            case INSTALL_GRANT -> new HostOperation.InstallGrant(in.bytes(HostOperation.MAX_ENVELOPE));
            case INSTALL_STATE ->
                new HostOperation.InstallState(in.bytes(HostOperation.MAX_ENVELOPE), in.bytes(HostOperation.MAX_PROOF));
            case SETUP_NETWORK -> new HostOperation.SetupNetwork(new NetId(in.u16()));
            case CREATE_INSTANCE ->
                new HostOperation.CreateInstance(
                        in.address(), slot(in), new Digest(in.text()), new Resources(in.u8(), in.u32(), in.u32()));
            case ATTACH_DRIVES -> new HostOperation.AttachDrives(in.instance());
            case START_INSTANCE -> new HostOperation.StartInstance(in.instance());
            case STOP_INSTANCE -> new HostOperation.StopInstance(in.instance(), in.u32());
            case PAUSE_INSTANCE -> new HostOperation.PauseInstance(in.instance());
            case RESUME_INSTANCE -> new HostOperation.ResumeInstance(in.instance());
            case SLEEP_INSTANCE -> new HostOperation.SleepInstance(in.instance(), in.flag());
            case WAKE_INSTANCE -> new HostOperation.WakeInstance(in.instance());
            case DESTROY_INSTANCE -> new HostOperation.DestroyInstance(in.instance());
            case VERIFY_NETWORKS -> new HostOperation.VerifyNetworks(in.flag());
            case OBSERVE -> new HostOperation.Observe(in.u64(), in.u32());
            case GUEST_PING -> new HostOperation.GuestPing(in.instance());
            case GUEST_EXEC -> new HostOperation.GuestExec(in.instance(), in.bytes(StreamFrame.MAX));
            default -> throw new MalformedFrameException("no such operation");
        };
    }

    private static Slot slot(BodyReader in) throws MalformedFrameException {
        return new Slot(new NetId(in.u16()), in.u8());
    }
}
