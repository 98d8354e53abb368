package dev.mvm.hostd.host;

import dev.mvm.hostd.key.KeySource;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.RefusedException;
import java.io.IOException;
import java.util.Optional;

/// Puts signed documents in force.
final class DocumentInstaller {
    private final RecordKeeper records;
    private final KeySource keys;
    private final VmLifecycle vms;

    DocumentInstaller(RecordKeeper records, KeySource keys, VmLifecycle vms) {
        this.records = records;
        this.keys = keys;
        this.vms = vms;
    }

    /// Verifies and installs a document.
    ///
    /// @return the state that it put in force, if it is one
    /// @throws RefusedException if it is not in force: nothing has changed
    Optional<InstalledState> install(HostOperation.Install operation) throws IOException, RefusedException {
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
        InstalledState state;
        synchronized (records) {
            synchronized (keys) { // nothing is encrypted under a key that is going out of force
                try {
                    state = records.trust.installState(o.envelope(), o.proof(), next -> {
                        keys.open(next);
                        vms.rekey(next, records.registry.all());
                    });
                } finally {
                    keys.keep(records.trust.installed());
                }
            }
        }
        records.log("state " + state.state().value().sequence() + " is in force, good until "
                + state.state().value().expires());
        return state;
    }
}
