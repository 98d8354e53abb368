package dev.mvm.hostd.machine;

import dev.mvm.hostd.service.ConnectionPool;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.notify.InheritedFds;
import dev.mvm.linux.notify.ServiceManager;
import dev.mvm.linux.socket.UnixAddress;
import java.util.List;
import java.util.function.Consumer;

/// Services that VMs need: the launcher, guestds, the service manager that keeps descriptors, and processes.
public final class HostServices {
    private static final int WAITING = 2;

    final Launcher launcher;
    final Guestds guestds;
    final Descriptors descriptors;
    final Processes processes;

    /// Opens all services of a hostd.
    ///
    /// @param inherited descriptors that an earlier hostd had kept
    /// @param inAdvance whether launchers are started before they are needed
    public HostServices(
            UnixAddress launchers,
            UnixAddress guestds,
            ServiceManager manager,
            List<InheritedFds.Named> inherited,
            boolean inAdvance,
            Consumer<String> log)
            throws ErrnoException {
        var pool = new ConnectionPool("launcher", launchers, inAdvance ? WAITING : 0, log);
        this.launcher = new Launcher(pool);
        this.guestds = new Guestds(guestds, log);
        this.descriptors = new Descriptors(manager, inherited);
        this.processes = new Processes(launcher);
    }
}
