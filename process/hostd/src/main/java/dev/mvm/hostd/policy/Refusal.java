package dev.mvm.hostd.policy;

import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Label;
import java.util.Locale;

/// Why hostd did not even try. The codes are stable: metric labels, audit entries, what operators look for.
public enum Refusal {
    /// The instance's state does not have this operation.
    NOT_PERMITTED_NOW,
    /// Another operation on the instance is under way.
    BUSY,
    /// hostd has no instance of that id.
    UNKNOWN_INSTANCE,
    /// The id belongs to an instance already.
    ID_TAKEN,
    /// Another instance has that place in the tenant's network.
    SLOT_TAKEN,
    /// No node state has been installed.
    NO_STATE,
    /// The installed state does not name the tenant, its net or the pool.
    NOT_IN_STATE,
    /// The state or the tenant's grant has expired: keep, stop and destroy, but start nothing.
    FROZEN,
    /// The revision is not the one that the state gives the pool.
    REVISION_DIFFERS,
    /// The size is not the one that the state gives the pool.
    RESOURCES_DIFFER,
    /// The pool has as many instances as the state allows.
    COUNT_EXCEEDED,
    /// A quota of the tenant would be exceeded.
    QUOTA_EXCEEDED,
    /// The tenant's network has not been set up.
    NO_NETWORK,
    /// An artefact of the revision is not on this node.
    ARTEFACT_MISSING,
    /// An artefact's bytes are not what its digest says.
    ARTEFACT_DIFFERS,
    /// The state carries no key for the tenant's volumes, or it is not open.
    NO_VOLUME_KEY,
    /// The instance has had a volume, and it or its header is not there.
    VOLUME_MISSING,
    /// The volume or its header is another's, damaged, or of a key that is not in force any more.
    VOLUME_DIFFERS,
    /// The volume is larger than what is granted: volumes do not shrink.
    VOLUME_LARGER,
    /// The volume was made with integrity and its pool is without, or the other way round, or it has integrity
    /// and would have to grow.
    VOLUME_FIXED,
    /// This VM cannot be put to sleep: a sealer has its mount, and still brings what it woke with or has died with it.
    CANNOT_SLEEP,
    /// The state carries no key for the tenant's snapshots.
    NO_SNAPSHOT_KEY,
    /// What there is of a snapshot belongs to an earlier sleep.
    NO_SNAPSHOT,
    /// The guest does not want to sleep now, or does not answer.
    GUEST_REFUSED,
    /// The pool's flags do not allow exec.
    EXEC_NOT_GRANTED,
    /// The guest agent is not on the line.
    GUEST_UNREACHABLE;

    private final Label label = new Label(name().toLowerCase(Locale.ROOT));

    public String code() {
        return label.value();
    }

    public Label label() {
        return label;
    }

    public HostReply reply() {
        return new HostReply.Refused(label);
    }
}
