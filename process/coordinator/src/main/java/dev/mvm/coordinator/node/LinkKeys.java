package dev.mvm.coordinator.node;

import com.google.protobuf.ByteString;
import java.util.Optional;

/// Key blobs on one connection of a node: whether it takes them, and which one it holds. Thread-safe.
public final class LinkKeys {
    private Optional<ByteString> attestation = Optional.empty();
    private int taken;
    private int reported;
    private boolean tells;

    LinkKeys() {}

    /// The node takes key blobs.
    ///
    /// @param key its attestation key, as it says; empty for none
    public synchronized void takesBlobs(ByteString key) {
        attestation = Optional.of(key);
    }

    /// Returns the attestation key of a node that takes key blobs; empty for one that does not.
    public synchronized Optional<ByteString> attestation() {
        return attestation;
    }

    /// The node has taken a blob. Reports of before say nothing about it.
    public synchronized void taken(int period) {
        taken = period;
        reported = period;
    }

    /// The node reports the period of its blob, 0 without one.
    ///
    /// @return whether the blob that it has taken is gone
    public synchronized boolean reported(int period) {
        tells |= period != 0; // a node of an earlier version reports 0 whatever it holds
        reported = period;
        return lost();
    }

    /// Returns whether the node has lost the blob that it has taken, as it does when its root process starts anew.
    /// A smaller number is a report that the taking has overtaken.
    public synchronized boolean lost() {
        return tells && taken != 0 && (reported == 0 || Integer.compareUnsigned(reported, taken) > 0);
    }
}
