package dev.mvm.hostd.machine;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.notify.FdName;
import dev.mvm.linux.notify.InheritedFds;
import dev.mvm.linux.notify.ServiceManager;
import dev.mvm.model.InstanceId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The descriptors of VMs, kept by the service manager for a hostd that starts again: the directory that no path
/// leads to, and the process itself.
final class Descriptors {
    private static final String IO = "io-";
    private static final String PROCESS = "vm-";

    private final Optional<ServiceManager> manager;
    private final Map<String, Fd> inherited = new HashMap<>();

    /// @param inherited what an earlier hostd had kept; what nobody takes is closed by [#forgetRest]
    Descriptors(Optional<ServiceManager> manager, Iterable<InheritedFds.Named> inherited) {
        this.manager = manager;
        for (var named : inherited) {
            var earlier = this.inherited.put(named.name().value(), named.fd());
            if (earlier != null) {
                earlier.close();
            }
        }
    }

    void keep(InstanceId id, Fd io, Fd process) throws ErrnoException {
        if (manager.isPresent()) {
            manager.get().keep(new FdName(IO + id), io);
            manager.get().keep(new FdName(PROCESS + id), process);
        }
    }

    void forget(InstanceId id) throws ErrnoException {
        if (manager.isPresent()) {
            manager.get().forget(new FdName(IO + id));
            manager.get().forget(new FdName(PROCESS + id));
        }
    }

    /// Takes the inherited directory of a VM; the caller owns it.
    Optional<Fd> io(InstanceId id) {
        return Optional.ofNullable(inherited.remove(IO + id));
    }

    /// Takes the inherited process of a VM; the caller owns it.
    Optional<Fd> process(InstanceId id) {
        return Optional.ofNullable(inherited.remove(PROCESS + id));
    }

    /// Lets go of what no VM has claimed.
    void forgetRest() throws ErrnoException {
        for (var entry : Map.copyOf(inherited).entrySet()) {
            entry.getValue().close();
            if (manager.isPresent()) {
                manager.get().forget(new FdName(entry.getKey()));
            }
        }
        inherited.clear();
    }
}
