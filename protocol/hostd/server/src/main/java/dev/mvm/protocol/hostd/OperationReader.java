package dev.mvm.protocol.hostd;

import dev.mvm.model.Digest;
import dev.mvm.model.NetId;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import java.nio.ByteBuffer;
import java.util.Optional;

/// Reads an agent's operations from frames: hostd's half of the codec. The agent's half is in a module that hostd does
/// not load.
public final class OperationReader {
    private OperationReader() {}

    /// Reads a frame that must be an operation, perhaps with the plan that it is a step of before it.
    ///
    /// @throws MalformedFrameException if it is not
    public static HostRequest request(ByteBuffer frame) throws MalformedFrameException {
        if (Short.toUnsignedInt(frame.getShort(frame.position())) != HostRequest.PLANNED) {
            return HostRequest.unplanned(operation(frame));
        }
        if (frame.remaining() < Short.BYTES + HostRequest.HASH_BYTES + Short.BYTES) {
            throw new MalformedFrameException("no operation follows the plan");
        }
        var hash = new byte[HostRequest.HASH_BYTES];
        frame.position(frame.position() + Short.BYTES).get(hash);
        return new HostRequest(operation(frame), Optional.of(Digest.ofHash(hash)));
    }

    /// Reads a frame that must be an operation.
    ///
    /// @throws MalformedFrameException if it is not
    public static HostOperation operation(ByteBuffer frame) throws MalformedFrameException {
        var type = OperationType.of(Short.toUnsignedInt(frame.getShort()))
                .orElseThrow(() -> new MalformedFrameException("no such operation"));
        return BodyReader.whole(frame, fields -> operation(type, fields));
    }

    private static HostOperation operation(OperationType type, BodyReader in) throws MalformedFrameException {
        return switch (type) {
            case INSTALL_ROOT -> new HostOperation.InstallRoot(in.bytes(HostOperation.MAX_ENVELOPE));
            case INSTALL_GRANT -> new HostOperation.InstallGrant(in.bytes(HostOperation.MAX_ENVELOPE));
            case INSTALL_STATE ->
                new HostOperation.InstallState(in.bytes(HostOperation.MAX_ENVELOPE), in.bytes(HostOperation.MAX_PROOF));
            case INSTALL_BLOB -> new HostOperation.InstallBlob(in.bytes(HostOperation.MAX_ENVELOPE));
            case ANSWER_CHALLENGE -> new HostOperation.AnswerChallenge(in.bytes(HostOperation.MAX_ENVELOPE));
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
            case GUEST_EXEC -> new HostOperation.GuestExec(in.instance(), in.bytes(HostOperation.MAX_EXEC));
            case GUEST_LOGS -> new HostOperation.GuestLogs(in.instance(), in.flag());
        };
    }

    private static Slot slot(BodyReader in) throws MalformedFrameException {
        return new Slot(new NetId(in.u16()), in.u8());
    }
}
