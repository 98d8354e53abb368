package dev.mvm.hostd.host;

import dev.mvm.hostd.key.KeySource;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.RefusedException;
import java.io.IOException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;

/// Puts signed documents in force.
final class DocumentInstaller {
    private final RecordKeeper records;
    private final KeySource keys;
    private final VmLifecycle vms;
    private final InstanceLocks locks;

    DocumentInstaller(RecordKeeper records, KeySource keys, VmLifecycle vms, InstanceLocks locks) {
        this.records = records;
        this.keys = keys;
        this.vms = vms;
        this.locks = locks;
    }

    /// Verifies and installs a document, one at a time.
    ///
    /// @return the state that it put in force, if it is one
    /// @throws RefusedException if it is not in force: nothing has changed
    synchronized Optional<InstalledState> install(HostOperation.Install operation)
            throws IOException, RefusedException {
        switch (operation) {
            case HostOperation.InstallRoot o -> installRoot(o);
            case HostOperation.InstallGrant o -> records.trust.installGrant(o.envelope());
            case HostOperation.InstallState o -> {
                return Optional.of(installState(o));
            }
        }
        return Optional.empty();
    }

    private void installRoot(HostOperation.InstallRoot o) throws IOException, RefusedException {
        synchronized (records) {
            records.trust.installRoot(o.envelope());
            keys.keep(records.trust.installed());
        }
        records.log("trust root " + records.trust.roots().newest().value().version() + " is in force");
    }

    private InstalledState installState(HostOperation.InstallState o) throws IOException, RefusedException {
        try {
            var next = records.trust.verifiedState(o.envelope(), o.proof());
            keys.open(next);
            Set<InstanceRecord> done = Collections.newSetFromMap(new IdentityHashMap<>());
            rekey(next, done, false);
            synchronized (records) {
                synchronized (keys) { // nothing is encrypted under a key that is going out of force
                    rekey(next, done, true);
                    var state = records.trust.installState(o.envelope(), o.proof());
                    records.log("state " + state.state().value().sequence() + " is in force, good until "
                            + state.state().value().expires());
                    return state;
                }
            }
        } finally {
            keys.keep(records.trust.installed());
        }
    }

    /// Puts volumes and snapshots under the keys of the next state, one instance after the other.
    ///
    /// @param done their records, by identity: each operation on an instance writes a new one
    /// @param busy whether that includes instances that have something done to them
    private void rekey(InstalledState next, Set<InstanceRecord> done, boolean busy) throws RefusedException {
        for (var listed : records.registry.all()) {
            var id = listed.address().instance();
            try (var lock = locks.tryLock(id)) {
                var due = records.registry.find(id).filter(record -> lock.isEmpty() ? busy : !done.contains(record));
                if (due.isPresent()) {
                    vms.rekey(next, due.get());
                    done.add(due.get());
                }
            }
        }
    }
}
