package dev.mvm.hostd.machine;

import dev.mvm.hostd.engine.SnapshotMount;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.notify.FdName;
import dev.mvm.linux.notify.InheritedFds;
import dev.mvm.linux.notify.ServiceManager;
import dev.mvm.model.InstanceId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The descriptors of VMs, kept by the service manager for a hostd that starts again.
final class Descriptors {
    /// Kind of a descriptor, with the beginning of its name.
    enum Kind {
        /// The directory that no path leads to.
        IO("io"),
        /// The `/dev/fuse` of its mount.
        SNAP("snap"),
        /// The connection to the sealer that has that.
        SEALER("sealer");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        private String of(InstanceId id) {
            return word + "-" + id;
        }
    }

    private final ServiceManager manager;
    private final Map<String, Fd> inherited = new HashMap<>();

    /// @param inherited those that an earlier hostd had kept; [#forgetRest] closes those that were not taken
    Descriptors(ServiceManager manager, Iterable<InheritedFds.Named> inherited) {
        this.manager = manager;
        for (var named : inherited) {
            var earlier = this.inherited.put(named.name().value(), named.fd());
            if (earlier != null) {
                earlier.close();
            }
        }
    }

    void keep(Kind kind, InstanceId id, Fd fd) throws ErrnoException {
        manager.keep(new FdName(kind.of(id)), fd);
    }

    void forget(InstanceId id, Kind... kinds) throws ErrnoException {
        for (var kind : kinds) {
            manager.forget(new FdName(kind.of(id)));
        }
    }

    /// Takes an inherited one; the caller owns it.
    Optional<Fd> take(Kind kind, InstanceId id) {
        return Optional.ofNullable(inherited.remove(kind.of(id)));
    }

    /// The mount of a VM, of which one of two descriptors is kept.
    SnapshotMount snap(InstanceId id) {
        return new SnapshotMount(
                device -> swap(id, Kind.SNAP, device, Kind.SEALER), sealer -> swap(id, Kind.SEALER, sealer, Kind.SNAP));
    }

    private void swap(InstanceId id, Kind in, Fd fd, Kind out) throws ErrnoException {
        keep(in, id, fd);
        forget(id, out);
    }

    /// Closes descriptors that no VM has claimed, here and at the service manager.
    void forgetRest() throws ErrnoException {
        for (var entry : Map.copyOf(inherited).entrySet()) {
            entry.getValue().close();
            manager.forget(new FdName(entry.getKey()));
        }
        inherited.clear();
    }
}
