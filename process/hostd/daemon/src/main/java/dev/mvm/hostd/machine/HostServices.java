package dev.mvm.hostd.machine;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.notify.InheritedFds;
import dev.mvm.linux.notify.ServiceManager;
import dev.mvm.linux.socket.UnixAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// What LinuxMachines needs of the world around hostd: the launcher, those who read guests, the service manager that
/// keeps descriptors, and processes.
///
/// @param neverSwapped whether a VM's directory must stay out of swap
public record HostServices(
        Launcher launcher, Guestds guestds, Descriptors descriptors, Processes processes, boolean neverSwapped) {
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

    private static final int WAITING = 2;

    /// Opens all that a hostd needs.
    ///
    /// @param inherited what an earlier hostd had kept
    public static HostServices open(
            Path launchSocket,
            Path guestdSocket,
            Optional<ServiceManager> manager,
            List<InheritedFds.Named> inherited,
            boolean neverSwapped,
            Consumer<String> log)
            throws ErrnoException {
        // a service manager's launchers can wait
        var pool = new LaunchPool(UnixAddress.at(launchSocket), neverSwapped ? WAITING : 0, log);
        return new HostServices(
                new Launcher(pool),
                new Guestds(UnixAddress.at(guestdSocket), log),
                new Descriptors(manager, inherited),
                new Processes(CGROUPS),
                neverSwapped);
    }

    /// Lets go of kept descriptors that no VM has claimed.
    public void forgetUnclaimed() throws ErrnoException {
        descriptors.forgetRest();
    }
}
