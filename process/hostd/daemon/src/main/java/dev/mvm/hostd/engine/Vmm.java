package dev.mvm.hostd.engine;

import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.protocol.guestd.Report;
import dev.mvm.protocol.guestd.VmmCall;
import java.time.Duration;

/// One VM's process, as its engine meets it.
public interface Vmm {
    /// Directory that it shares with hostd, the only place where they meet.
    Directory io();

    /// Has the tenant's guestd send it a call, because hostd itself reads no reply of a VMM.
    ///
    /// @param api the connection to ask on; it stays its owner's
    /// @param arguments of [VmmCall#CONFIGURE]; empty for the others
    /// @return guestd's report on the reply
    Report.Word ask(VmmCall call, Fd api, Duration limit, String version, String arguments) throws StepException;

    /// Its mount, if its engine wants one.
    SnapshotMount snap();
}
