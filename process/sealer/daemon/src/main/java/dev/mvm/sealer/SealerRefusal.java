package dev.mvm.sealer;

import dev.mvm.protocol.snapshot.SnapshotException;
import dev.mvm.sealer.paging.PagingException;
import java.io.IOException;

/// The last answer for a job that was not done.
final class SealerRefusal {
    private SealerRefusal() {}

    /// The answer for `cause`: its stable code, without text that a VMM or a disk could have chosen.
    static String of(IOException cause) {
        return "refused code="
                + switch (cause) {
                    case JobRefusedException e -> e.code().word();
                    case SnapshotException e -> e.reason().code();
                    case PagingException e -> e.reason().code();
                    default -> "io";
                };
    }
}
