package dev.mvm.hostd.machine;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.notify.InheritedFds;
import dev.mvm.linux.notify.ServiceManager;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// What LinuxMachines needs of the world around hostd: the launcher, the service manager that keeps descriptors,
/// users and processes.
public final class Outside {
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

    private static final int WAITING = 2;

    private final Launcher launcher;
    private final Descriptors descriptors;
    private final Processes processes;
    private final JailUser users;
    private final boolean neverSwapped;

    /// @param inherited what an earlier hostd had kept
    /// @param neverSwapped whether a VM's directory must stay out of swap
    public Outside(
            Path launchSocket,
            Optional<ServiceManager> manager,
            List<InheritedFds.Named> inherited,
            JailUser users,
            boolean neverSwapped,
            Consumer<String> log)
            throws ErrnoException {
        this.launcher = new Launcher(launchSocket, neverSwapped ? WAITING : 0, log); // a service manager's launchers
        this.descriptors = new Descriptors(manager, inherited);
        this.processes = new Processes(CGROUPS);
        this.users = users;
        this.neverSwapped = neverSwapped;
    }

    /// Lets go of kept descriptors that no VM has claimed.
    public void forgetUnclaimed() throws ErrnoException {
        descriptors.forgetRest();
    }

    Launcher launcher() {
        return launcher;
    }

    Descriptors descriptors() {
        return descriptors;
    }

    Processes processes() {
        return processes;
    }

    JailUser users() {
        return users;
    }

    boolean neverSwapped() {
        return neverSwapped;
    }
}
