package dev.mvm.sealer;

import dev.mvm.protocol.snapshot.SnapshotException;
import dev.mvm.sealer.paging.PagingException;
import java.io.IOException;

/// How hostd is told why.
final class SealerRefusal {
    private SealerRefusal() {}

    /// The last word after `why`: its stable code, and nothing that a VMM or a disk could have chosen.
    static String of(IOException why) {
        return "refused code="
                + switch (why) {
                    case JobRefusedException e -> e.code().word();
                    case SnapshotException e -> e.reason().code();
                    case PagingException e -> e.reason().code();
                    default -> "io";
                };
    }
}
