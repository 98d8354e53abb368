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

    DocumentInstaller(RecordKeeper records, KeySource keys) {
        this.records = records;
        this.keys = keys;
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

    /// Waits for no volume and no sealer: [Rekeying] follows.
    private InstalledState installState(HostOperation.InstallState o) throws IOException, RefusedException {
        try {
            var next = records.trust.verifiedState(o.envelope(), o.proof());
            keys.open(next);
            synchronized (records) {
                keys.replaced().keep(records.trust.installed(), next);
                var state = records.trust.installState(o.envelope(), o.proof());
                records.log("state " + state.state().value().sequence() + " is in force, good until "
                        + state.state().value().expires());
                return state;
            }
        } finally {
            keys.keep(records.trust.installed());
        }
    }
}
