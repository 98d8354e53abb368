package dev.mvm.sealer;

import dev.mvm.paging.PagingException;
import dev.mvm.protocol.snapshot.SnapshotException;
import java.io.IOException;

/// How hostd is told why.
final class Refusal {
    private Refusal() {}

    /// The last word after `why`: its stable code, and nothing that a VMM or a disk could have chosen.
    static String of(IOException why) {
        return "refused code="
                + switch (why) {
                    case RefusedException e -> e.code().word();
                    case SnapshotException e -> e.reason().code();
                    case PagingException e -> e.reason().code();
                    default -> "io";
                };
    }
}
