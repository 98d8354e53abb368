package dev.mvm.protocol.hostd;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;

/// A privileged operation. Each record is one entry of the trusted computing base; an agent can request nothing else.
/// [OperationType] says in which states of an instance each operation is allowed.
public sealed interface HostOperation {
    /// Most bytes of a signed envelope.
    int MAX_ENVELOPE = 1536 * 1024;

    /// Most bytes of a proof.
    int MAX_PROOF = 40 * 1024;

    /// Most bytes of a description of a program.
    int MAX_EXEC = 32_768;

    /// Longest grace of a stop, ten minutes.
    int MAX_GRACE_MILLIS = 600_000;

    /// Longest wait of an observation, one minute.
    int MAX_WAIT_MILLIS = 60_000;

    /// An operation on one instance that exists.
    sealed interface OnInstance extends HostOperation {
        InstanceId instance();
    }

    /// An operation after which the connection is another process's, which reads the tenant's guests.
    sealed interface HandOver extends OnInstance {}

    /// A document to verify and keep.
    sealed interface Install extends HostOperation {
        Bytes envelope();
    }

    /// Returns the row of the operation: its number, its word and the states in which it is allowed.
    default OperationType type() {
        return switch (this) {
            case InstallRoot _ -> OperationType.INSTALL_ROOT;
            case InstallGrant _ -> OperationType.INSTALL_GRANT;
            case InstallState _ -> OperationType.INSTALL_STATE;
            case InstallBlob _ -> OperationType.INSTALL_BLOB;
            case AnswerChallenge _ -> OperationType.ANSWER_CHALLENGE;
            case SetupNetwork _ -> OperationType.SETUP_NETWORK;
            case CreateInstance _ -> OperationType.CREATE_INSTANCE;
            case AttachDrives _ -> OperationType.ATTACH_DRIVES;
            case StartInstance _ -> OperationType.START_INSTANCE;
            case StopInstance _ -> OperationType.STOP_INSTANCE;
            case PauseInstance _ -> OperationType.PAUSE_INSTANCE;
            case ResumeInstance _ -> OperationType.RESUME_INSTANCE;
            case SleepInstance _ -> OperationType.SLEEP_INSTANCE;
            case WakeInstance _ -> OperationType.WAKE_INSTANCE;
            case DestroyInstance _ -> OperationType.DESTROY_INSTANCE;
            case Observe _ -> OperationType.OBSERVE;
            case VerifyNetworks _ -> OperationType.VERIFY_NETWORKS;
            case GuestPing _ -> OperationType.GUEST_PING;
            case GuestExec _ -> OperationType.GUEST_EXEC;
            case GuestLogs _ -> OperationType.GUEST_LOGS;
        };
    }

    /// Returns the operation's name, as in `docs/protocol/hostd.md`.
    default String word() {
        return type().word();
    }

    /// Gives hostd the successor of its trust root.
    record InstallRoot(Bytes envelope) implements Install {}

    /// Gives hostd a grant to verify and keep.
    record InstallGrant(Bytes envelope) implements Install {}

    /// Gives hostd a node state to verify, and to act by from then on.
    ///
    /// @param proof that the log of states has the envelope, JSON of at most [#MAX_PROOF] bytes
    record InstallState(Bytes envelope, Bytes proof) implements Install {}

    /// Gives hostd the keys that the key service has sealed to its statement, in place of those that it has.
    record InstallBlob(Bytes envelope) implements Install {}

    /// Has hostd make a sealing key, and state it to the key service that asks for it.
    record AnswerChallenge(Bytes envelope) implements Install {}

    /// Sets a tenant's network up as the installed state has it: bridge, address, filter rules. Refused if the
    /// state does not name the net.
    record SetupNetwork(NetId net) implements HostOperation {}

    /// Gives an instance its identity and its slot. Refused unless both are free and the state entails one more.
    record CreateInstance(InstanceAddress address, Slot slot, Digest revision, Resources resources)
            implements HostOperation {}

    /// Checks the artefacts of the instance's revision byte by byte and holds them open for the boot.
    record AttachDrives(InstanceId instance) implements OnInstance {}

    /// Boots the instance. Refused unless its drives are attached.
    record StartInstance(InstanceId instance) implements OnInstance {}

    /// Ends the VM: asks the guest, and kills when the grace is over. Destroys the snapshot of a sleeping instance.
    ///
    /// @param graceMillis 0 to [#MAX_GRACE_MILLIS]
    record StopInstance(InstanceId instance, int graceMillis) implements OnInstance {
        public StopInstance {
            check(graceMillis, MAX_GRACE_MILLIS);
        }
    }

    /// Stops the virtual processors.
    record PauseInstance(InstanceId instance) implements OnInstance {}

    /// Lets the virtual processors run again.
    record ResumeInstance(InstanceId instance) implements OnInstance {}

    /// Saves the VM in a sealed snapshot on this node, and ends the VM. A failure before the snapshot is
    /// complete leaves the instance Warm.
    ///
    /// @param force whether to sleep without asking the guest, which then has prepared nothing
    record SleepInstance(InstanceId instance, boolean force) implements OnInstance {}

    /// Resumes the VM from its snapshot, and uses the snapshot up.
    record WakeInstance(InstanceId instance) implements OnInstance {}

    /// Ends the VM and removes everything of the instance. Repeatable.
    record DestroyInstance(InstanceId instance) implements OnInstance {}

    /// Answers with the node's state as soon as the state is newer than `change`, or when the wait is over.
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

    /// Compares the node's networks and filter rules with the installed state.
    ///
    /// @param deep whether to probe the rules with frames as well
    record VerifyNetworks(boolean deep) implements HostOperation {}

    /// Pings the guest agent.
    record GuestPing(InstanceId instance) implements OnInstance {}

    /// Runs a program in the guest; the connection then belongs to the program. Refused unless the pool has the flag.
    ///
    /// @param exec description of the program for the guest, at most [#MAX_EXEC] bytes that hostd does not
    ///     read
    record GuestExec(InstanceId instance, Bytes exec) implements HandOver {}

    /// Sends what the instance's VMs have printed, on the connection. Refused unless the pool has the flag.
    ///
    /// @param follow whether to go on until the VM has ended
    record GuestLogs(InstanceId instance, boolean follow) implements HandOver {}

    private static void check(int millis, int most) {
        if (millis < 0 || millis > most) {
            throw new IllegalArgumentException("milliseconds " + millis + ": want 0 to " + most);
        }
    }
}
