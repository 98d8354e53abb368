package dev.mvm.hostd;

import dev.mvm.hostd.key.NodeIdentity;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import java.nio.file.Files;
import java.nio.file.Path;

/// hostd's directories, open for as long as it runs; nothing below them is reached by a path again, but for the audit,
/// which is beside them in root's own.
///
/// @param trust root, grants, state, floor
/// @param registry a record for each instance
/// @param artefacts what instances boot, by digest
/// @param keys the node's own
/// @param blob the key service's
/// @param reserve room for taking things away
/// @param volumes the instances' data
/// @param snapshots the instances that sleep
/// @param spool where the agent offers artefacts; the only one that is not root's alone
record Layout(
        Directory trust,
        Directory registry,
        Directory artefacts,
        Directory keys,
        Directory blob,
        Directory reserve,
        Directory volumes,
        Directory snapshots,
        Directory spool) {
    private static final int OWNER_ONLY = 0700;
    private static final int READABLE = 0755;

    @SuppressWarnings("MustBeClosedChecker") // they are open as long as the process is there
    static Layout open(HostdConfig config) throws ErrnoException {
        var base = Directory.open(config.stateDirectory());
        return new Layout(
                below(base, "trust", OWNER_ONLY),
                below(base, "registry", OWNER_ONLY),
                below(base, "artefacts", READABLE), // the VMM's user opens what it is handed once more
                keys(config, false),
                below(base, "blob", OWNER_ONLY),
                below(base, "reserve", OWNER_ONLY),
                below(base, "volumes", OWNER_ONLY),
                below(base, "snapshots", OWNER_ONLY),
                Directory.open(config.spool()));
    }

    /// Opens the directory of the node's key, before anything else exists: the credentials that systemd has
    /// decrypted for hostd (systemd.exec(5)), else hostd's own.
    ///
    /// @param make the key will be made if it is missing: credentials then need not have it
    @SuppressWarnings("MustBeClosedChecker") // as above
    static Directory keys(HostdConfig config, boolean make) throws ErrnoException {
        var credentials = System.getenv("CREDENTIALS_DIRECTORY");
        if (config.hardened()
                && credentials != null
                && (make || Files.exists(Path.of(credentials, NodeIdentity.NAME)))) {
            return Directory.open(Path.of(credentials));
        }
        try (var base = Directory.open(config.stateDirectory())) {
            return below(base, "keys", OWNER_ONLY);
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // as above
    private static Directory below(Directory base, String name, int mode) throws ErrnoException {
        try {
            base.makeDirectory(name, mode);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EEXIST) {
                throw e;
            }
        }
        return base.directoryBeneath(name);
    }
}
