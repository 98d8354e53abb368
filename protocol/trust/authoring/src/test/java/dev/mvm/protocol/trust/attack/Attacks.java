package dev.mvm.protocol.trust.attack;

import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.TreeHead;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// Everything together.
public final class Attacks {
    private Attacks() {}

    /// By somebody who holds the key of role `state`.
    ///
    /// @param kept the head that the node has kept, of size 2 or more
    /// @param clock the node's
    public static List<Attack> all(Position position, Ceremony.Key stateKey, TreeHead kept, Instant clock) {
        var all = new ArrayList<Attack>();
        all.addAll(new SignatureAttacks(position, stateKey).all());
        all.addAll(new EncodingAttacks(position, stateKey).all());
        all.addAll(new StateAttacks(position, stateKey, clock).all());
        all.addAll(new LogAttacks(position, stateKey, kept).all());
        return all;
    }
}
