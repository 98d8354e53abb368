package dev.mvm.hostd.engine;

import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.protocol.guestd.Report;
import dev.mvm.protocol.guestd.VmmCall;
import java.time.Duration;

/// One VM's process, as its engine meets it.
public interface Vmm {
    /// What it shares with hostd, and the only place where they meet.
    Directory io();

    /// Has the tenant's guestd ask it something, for hostd reads no answer of a VMM's.
    ///
    /// @param api the connection to ask on; it stays its owner's
    /// @param arguments of [VmmCall#CONFIGURE]; empty for the others
    /// @return what guestd says of the answer
    Report.Word ask(VmmCall call, Fd api, Duration limit, String version, String arguments) throws StepException;

    /// Its mount, if its engine wants one.
    SnapshotMount snap();
}
