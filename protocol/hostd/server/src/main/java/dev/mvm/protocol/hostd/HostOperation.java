package dev.mvm.protocol.hostd;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;

/// A privileged operation. Each record is one entry of the trusted computing base; there is nothing else that an
/// agent can ask for.
public sealed interface HostOperation {
    /// Most bytes of a signed envelope.
    int MAX_ENVELOPE = 1536 * 1024;

    /// Most bytes of a proof.
    int MAX_PROOF = 40 * 1024;

    /// Longest grace that a stop may be given, ten minutes.
    int MAX_GRACE_MILLIS = 600_000;

    /// Longest that an observation may wait, one minute.
    int MAX_WAIT_MILLIS = 60_000;

    /// An operation on one instance that exists already.
    sealed interface OnInstance extends HostOperation {
        InstanceId instance();
    }

    /// A document to verify and keep. Always allowed.
    sealed interface Install extends HostOperation {
        Bytes envelope();
    }

    /// The operation's name, as in `docs/protocol/hostd.md`.
    default String word() {
        return switch (this) {
            case InstallRoot _ -> "install_root";
            case InstallGrant _ -> "install_grant";
            case InstallState _ -> "install_state";
            case SetupNetwork _ -> "setup_network";
            case CreateInstance _ -> "create_instance";
            case AttachDrives _ -> "attach_drives";
            case StartInstance _ -> "start_instance";
            case StopInstance _ -> "stop_instance";
            case PauseInstance _ -> "pause_instance";
            case ResumeInstance _ -> "resume_instance";
            case SleepInstance _ -> "sleep_instance";
            case WakeInstance _ -> "wake_instance";
            case DestroyInstance _ -> "destroy_instance";
            case Observe _ -> "observe";
            case VerifyNetworks _ -> "verify_networks";
            case GuestPing _ -> "guest_ping";
            case GuestExec _ -> "guest_exec";
        };
    }

    /// Gives hostd the trust root that follows the one it has. Always allowed.
    record InstallRoot(Bytes envelope) implements Install {
        public InstallRoot {
            checkEnvelope(envelope);
        }
    }

    /// Gives hostd a grant to verify and keep. Always allowed.
    record InstallGrant(Bytes envelope) implements Install {
        public InstallGrant {
            checkEnvelope(envelope);
        }
    }

    /// Gives hostd a node state to verify, and to act by from then on. Always allowed.
    ///
    /// @param proof that the log of states has it, JSON of at most [#MAX_PROOF] bytes
    record InstallState(Bytes envelope, Bytes proof) implements Install {
        public InstallState {
            checkEnvelope(envelope);
            if (proof.length() > MAX_PROOF) {
                throw new IllegalArgumentException("a proof has at most " + MAX_PROOF + " bytes");
            }
        }
    }

    /// Makes a tenant's network what the installed state says: bridge, address, filter rules. Allowed when the state
    /// has the net.
    record SetupNetwork(NetId net) implements HostOperation {}

    /// Gives an instance its identity and its slot. Allowed when both are free and the state entails one more.
    record CreateInstance(InstanceAddress address, Slot slot, Digest revision, Resources resources)
            implements HostOperation {}

    /// Checks the artefacts of the instance's revision byte by byte and holds them open for the boot. Allowed
    /// when Ready or Stopped.
    record AttachDrives(InstanceId instance) implements OnInstance {}

    /// Boots. Allowed when Ready or Stopped with drives attached.
    record StartInstance(InstanceId instance) implements OnInstance {}

    /// Ends the VM: asks the guest, and kills when the grace is over. Allowed when Running or Warm.
    ///
    /// @param graceMillis 0 to [#MAX_GRACE_MILLIS]
    record StopInstance(InstanceId instance, int graceMillis) implements OnInstance {
        public StopInstance {
            check(graceMillis, MAX_GRACE_MILLIS);
        }
    }

    /// Stops the virtual processors. Allowed when Running.
    record PauseInstance(InstanceId instance) implements OnInstance {}

    /// Lets them run again. Allowed when Warm.
    record ResumeInstance(InstanceId instance) implements OnInstance {}

    /// Puts everything that the VM is into a sealed snapshot on this node, and ends the VM. Whatever fails before the
    /// snapshot is whole leaves the instance Warm. Allowed when Running or Warm.
    ///
    /// @param force whether to do it without asking the guest, which then has prepared nothing
    record SleepInstance(InstanceId instance, boolean force) implements OnInstance {}

    /// Runs on from the snapshot, which is used up by it. Allowed when Sleeping.
    record WakeInstance(InstanceId instance) implements OnInstance {}

    /// Ends the VM and removes everything of the instance. Always allowed, and again.
    record DestroyInstance(InstanceId instance) implements OnInstance {}

    /// Answers what there is, as soon as it is something newer than `change`. Always allowed.
    ///
    /// @param waitMillis 0 to [#MAX_WAIT_MILLIS]
    record Observe(long change, int waitMillis) implements HostOperation {
        public Observe {
            if (change < 0) {
                throw new IllegalArgumentException("change " + change);
            }
            check(waitMillis, MAX_WAIT_MILLIS);
        }
    }

    /// Compares the node's networks and filter rules with what the installed state says. Always allowed.
    ///
    /// @param deep whether to show with frames what gets by, too
    record VerifyNetworks(boolean deep) implements HostOperation {}

    /// Asks the guest agent for a sign of life. Allowed when Running.
    record GuestPing(InstanceId instance) implements OnInstance {}

    /// Runs a program in the guest; the connection then belongs to it. Allowed when Running and the pool has the flag.
    ///
    /// @param exec what the guest is told of the program, at most [StreamFrame#MAX] bytes that hostd does not read
    record GuestExec(InstanceId instance, Bytes exec) implements OnInstance {
        public GuestExec {
            if (exec.length() > StreamFrame.MAX) {
                throw new IllegalArgumentException("want at most " + StreamFrame.MAX + " bytes");
            }
        }
    }

    private static void check(int millis, int most) {
        if (millis < 0 || millis > most) {
            throw new IllegalArgumentException("milliseconds " + millis + ": want 0 to " + most);
        }
    }

    private static void checkEnvelope(Bytes envelope) {
        if (envelope.length() > MAX_ENVELOPE) {
            throw new IllegalArgumentException("an envelope has at most " + MAX_ENVELOPE + " bytes");
        }
    }
}
