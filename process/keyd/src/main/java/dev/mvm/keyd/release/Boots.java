package dev.mvm.keyd.release;

import dev.mvm.protocol.trust.authoring.BootId;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.Reboot;
import java.util.ArrayList;
import java.util.Optional;

/// Which boot of a node gets keys. A new boot retires the one before for good: if a retired one speaks once more, two
/// machines have the node's identity key, and neither gets keys until operators say which. Pure.
final class Boots {
    private Boots() {}

    /// Consequences of a boot that speaks.
    ///
    /// @param record the node's from now on
    /// @param refusal why it gets no keys; empty if it does
    /// @param admitted whether it is another boot than before
    record Outcome(NodeRecord record, Optional<RequestRefusedException> refusal, boolean admitted) {}

    static Outcome spoken(NodeRecord record, NodeDocument document, BootId boot) {
        boolean byOperators = document.traits().admitted().contains(boot);
        if (record.retired().contains(boot)) {
            return refused(
                    record.stopped(document.version()),
                    KeydReason.BOOT_RETIRED,
                    "boot " + boot + " was followed by another: two machines have the identity key of node "
                            + record.node() + "; no boot of it gets keys until a node document admits one");
        }
        boolean stopped = record.stoppedBy() > 0;
        if (stopped && !(byOperators && document.version() > record.stoppedBy())) {
            return refused(
                    record,
                    KeydReason.BOOT_RETIRED,
                    "a retired boot of node " + record.node() + " has spoken; boot " + boot
                            + " gets keys once a node document after version " + record.stoppedBy() + " admits it");
        }
        boolean same = record.boot().equals(Optional.of(boot));
        if (same && !stopped) {
            return new Outcome(record, Optional.empty(), false);
        }
        if (!byOperators && document.traits().reboot() == Reboot.HOLD) {
            return refused(
                    record,
                    KeydReason.BOOT_NOT_ADMITTED,
                    "node " + record.node() + " waits for the operators' word at each boot: mvm node admit "
                            + record.node() + " " + boot);
        }
        var retired = new ArrayList<>(record.retired());
        record.boot().filter(before -> !before.equals(boot)).ifPresent(retired::add);
        if (retired.size() > NodeRecord.MAX_RETIRED) {
            return refused(
                    record,
                    KeydReason.BOOT_NOT_ADMITTED,
                    "node " + record.node() + " has booted " + NodeRecord.MAX_RETIRED + " times: give it another name");
        }
        return new Outcome(record.booted(boot, retired), Optional.empty(), !same);
    }

    private static Outcome refused(NodeRecord record, KeydReason reason, String detail) {
        return new Outcome(record, Optional.of(new RequestRefusedException(reason, detail)), false);
    }
}
