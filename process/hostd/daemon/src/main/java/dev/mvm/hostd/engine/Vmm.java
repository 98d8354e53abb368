package dev.mvm.hostd.engine;

import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.protocol.guestd.Report.Word;
import dev.mvm.protocol.guestd.VmmCommand;
import java.time.Duration;

/// One VM's process, as its engine meets it.
public interface Vmm {
    /// Directory that it shares with hostd, the only place where they meet.
    Directory io();

    /// Has the tenant's guestd send it a call, because hostd itself reads no reply of a VMM.
    ///
    /// @param api the connection to ask on; it stays its owner's
    /// @param version the Firecracker that has to be there
    /// @return guestd's reply
    Word ask(VmmCommand command, FirecrackerVersion version, Fd api, Duration limit) throws StepException;

    /// Returns the mount of the VMM, if its engine wants one.
    SnapshotMount snap();
}
