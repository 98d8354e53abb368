package dev.mvm.hostd.policy;

import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Label;

/// The reason why hostd did not try an operation. The codes are stable: metric labels, audit entries, search terms
/// of operators.
public enum Refusal {
    /// The operation is not allowed in the instance's state.
    NOT_PERMITTED_NOW("not_permitted_now"),
    /// Another operation on the instance is under way.
    BUSY("busy"),
    /// hostd has no instance of that id.
    UNKNOWN_INSTANCE("unknown_instance"),
    /// The id belongs to an instance already.
    ID_TAKEN("id_taken"),
    /// Another instance has that offset in the tenant's network.
    SLOT_TAKEN("slot_taken"),
    /// No node state has been installed.
    NO_STATE("no_state"),
    /// The installed state does not name the tenant, its net or the pool.
    NOT_IN_STATE("not_in_state"),
    /// The state or the tenant's grant has expired: keep, stop and destroy, but start nothing.
    FROZEN("frozen"),
    /// The revision differs from the pool's in the state.
    REVISION_DIFFERS("revision_differs"),
    /// The size differs from the pool's in the state.
    RESOURCES_DIFFER("resources_differ"),
    /// The pool has as many instances as the state allows.
    COUNT_EXCEEDED("count_exceeded"),
    /// A quota of the tenant would be exceeded.
    QUOTA_EXCEEDED("quota_exceeded"),
    /// The tenant's network has not been set up.
    NO_NETWORK("no_network"),
    /// An artefact of the revision is not on this node.
    ARTEFACT_MISSING("artefact_missing"),
    /// An artefact's bytes do not match its digest.
    ARTEFACT_DIFFERS("artefact_differs"),
    /// The artefact that the state names as a revision is no revision.
    REVISION_MALFORMED("revision_malformed"),
    /// The tenant's grant does not allow the runtime of the revision.
    RUNTIME_NOT_GRANTED("runtime_not_granted"),
    /// The state carries no key for the tenant's volumes, or the key is not open.
    NO_VOLUME_KEY("no_volume_key"),
    /// The instance has had a volume, and the volume or its header is missing.
    VOLUME_MISSING("volume_missing"),
    /// The volume or its header is another instance's, damaged, or of a key that is out of force.
    VOLUME_DIFFERS("volume_differs"),
    /// The volume is larger than granted: volumes do not shrink.
    VOLUME_LARGER("volume_larger"),
    /// The volume was made with integrity and its pool is without, or the other way round, or it has integrity
    /// and would have to grow.
    VOLUME_FIXED("volume_fixed"),
    /// This VM cannot be put to sleep: a sealer has its mount, and is still restoring it or has ended with it.
    CANNOT_SLEEP("cannot_sleep"),
    /// As many instances are being put to sleep as may be at once.
    TOO_MANY_SLEEPS("too_many_sleeps"),
    /// The state carries no key for the tenant's snapshots.
    NO_SNAPSHOT_KEY("no_snapshot_key"),
    /// The snapshot belongs to an earlier sleep, or is missing.
    NO_SNAPSHOT("no_snapshot"),
    /// The state names the key, and no blob has it.
    NO_KEY_YET("no_key_yet"),
    /// The guest refuses to sleep now, or does not answer.
    GUEST_REFUSED("guest_refused"),
    /// The pool's flags do not allow exec.
    EXEC_NOT_GRANTED("exec_not_granted"),
    /// The pool's flags do not allow logs.
    LOGS_NOT_GRANTED("logs_not_granted"),
    /// The guest agent is not connected, or the process that reads the tenant's guests is not there.
    GUEST_UNREACHABLE("guest_unreachable");

    private final Label label;

    Refusal(String code) {
        this.label = new Label(code);
    }

    public Label label() {
        return label;
    }

    public HostReply reply() {
        return new HostReply.Refused(label);
    }
}
