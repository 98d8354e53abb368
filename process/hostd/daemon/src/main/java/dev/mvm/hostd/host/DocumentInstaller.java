package dev.mvm.hostd.host;

import dev.mvm.hostd.key.BlobKeys;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.RefusedException;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Executor;

/// Puts signed documents in force.
final class DocumentInstaller {
    private final RecordKeeper records;
    private final BlobKeys keys;
    private final Networks networks;
    private final Rekeying rekeying;
    private final Executor background;

    DocumentInstaller(RecordKeeper records, BlobKeys keys, Networks networks, Rekeying rekeying, Executor background) {
        this.records = records;
        this.keys = keys;
        this.networks = networks;
        this.rekeying = rekeying;
        this.background = background;
    }

    /// Verifies and installs a document, and does what follows from a state.
    ///
    /// @throws RefusedException if it is not in force: nothing has changed
    HostReply install(HostOperation.Install operation) throws IOException, RefusedException, StepException {
        if (operation instanceof HostOperation.AnswerChallenge(var challenge)) {
            return new HostReply.Stated(keys.answer(challenge));
        }
        var state = putInForce(operation);
        if (state.isPresent()) {
            background.execute(rekeying::all);
            networks.stateChanged(state.get());
        }
        return new HostReply.Done();
    }

    /// Verifies and installs a document, one at a time.
    ///
    /// @return the state that it put in force, if it is one
    private synchronized Optional<InstalledState> putInForce(HostOperation.Install operation)
            throws IOException, RefusedException {
        switch (operation) {
            case HostOperation.InstallRoot o -> installRoot(o);
            case HostOperation.InstallGrant o -> records.trust.installGrant(o.envelope());
            case HostOperation.InstallBlob o -> {
                keys.install(o.envelope());
                background.execute(rekeying::all); // it may have what a volume or a snapshot is under
            }
            case HostOperation.AnswerChallenge _ -> {}
            case HostOperation.InstallState o -> {
                return Optional.of(installState(o));
            }
        }
        return Optional.empty();
    }

    private void installRoot(HostOperation.InstallRoot o) throws IOException, RefusedException {
        synchronized (records) {
            records.trust.installRoot(o.envelope());
        }
        records.log("trust root " + records.trust.roots().newest().value().version() + " is in force");
    }

    /// Waits for no volume and no sealer: [Rekeying] follows.
    private InstalledState installState(HostOperation.InstallState o) throws IOException, RefusedException {
        synchronized (records) {
            var state = records.trust.installState(o.envelope(), o.proof());
            records.log("state " + state.state().value().sequence() + " is in force, good until "
                    + state.state().value().expires());
            return state;
        }
    }
}
