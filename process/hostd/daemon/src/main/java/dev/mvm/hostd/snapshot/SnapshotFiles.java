package dev.mvm.hostd.snapshot;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.files.DirectoryFiles;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.trust.TenantKey;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// One instance's snapshot on disk: `INSTANCE.memory`, `INSTANCE.vmstate`, and a manifest for each of the
/// tenant's keys that its own key is wrapped with, `INSTANCE.manifest.KEY.VERSION`. Beside them
/// `INSTANCE.workingset`. They are open, so that their writer or reader needs no path.
///
/// Its existence does not permit its opening: the registry does.
record SnapshotFiles(Fd manifest, Fd memory, Fd vmstate) implements AutoCloseable {
    private static final int OWNER_ONLY = 0600;

    /// Most of what is overwritten: all of a manifest, and the salt and commitment that streams begin with.
    private static final int BEGINNING = 8192;

    private static final String MANIFEST = ".manifest.";
    private static final String NEXT = ".manifest.new"; // no key has such a name
    private static final String LAST = ".manifest.old";
    private static final String WANTED = ".workingset";
    private static final int MOST_FILES = 100_000;

    @FunctionalInterface
    private interface Opening {
        @MustBeClosed
        Fd open(String name) throws ErrnoException;
    }

    /// Makes new ones, empty, in place of what there was.
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the result owns them
    static SnapshotFiles make(Directory directory, InstanceId id, TenantKey key) throws IOException {
        destroy(directory, id);
        return all(id, key, name -> directory.createBeneath(name, OWNER_ONLY, OpenFlag.READ_WRITE));
    }

    /// Opens what there is.
    ///
    /// @throws ErrnoException ENOENT if one is missing
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the result owns them
    static SnapshotFiles open(Directory directory, InstanceId id, TenantKey key) throws ErrnoException {
        return all(id, key, directory::openBeneath);
    }

    @MustBeClosed
    private static SnapshotFiles all(InstanceId id, TenantKey key, Opening opening) throws ErrnoException {
        try (var manifest = opening.open(manifest(id, key));
                var memory = opening.open(id + ".memory");
                var vmstate = opening.open(id + ".vmstate")) {
            return new SnapshotFiles(manifest.move(), memory.move(), vmstate.move());
        }
    }

    static String manifest(InstanceId id, TenantKey key) {
        return id + MANIFEST + key.id() + "." + key.version();
    }

    /// Returns the first of `keys` that there is a manifest under.
    static Optional<TenantKey> first(Directory directory, InstanceId id, List<TenantKey> keys) throws IOException {
        var names = directory.names(MOST_FILES);
        return keys.stream().filter(key -> names.contains(manifest(id, key))).findFirst();
    }

    /// Makes a manifest that is not used yet, empty, in place of what an interrupted attempt has left.
    @MustBeClosed
    static Fd nextManifest(Directory directory, InstanceId id) throws IOException {
        new DirectoryFiles(directory).destroy(id + NEXT, BEGINNING);
        return directory.createBeneath(id + NEXT, OWNER_ONLY, OpenFlag.READ_WRITE);
    }

    /// Puts what [#nextManifest] has made, which is under `key` now, in place of all other manifests.
    static void replaceManifests(Directory directory, InstanceId id, TenantKey key) throws IOException {
        directory.rename(id + NEXT, manifest(id, key));
        directory.sync();
        for (var name : directory.names(MOST_FILES)) {
            if (name.startsWith(id + MANIFEST) && !name.equals(manifest(id, key))) {
                directory.rename(name, id + LAST); // what is half overwritten is not taken for a manifest
                new DirectoryFiles(directory).destroy(id + LAST, BEGINNING);
            }
        }
    }

    /// Opens the working set of the last wake, for a sealer to read.
    ///
    /// @param fresh opens an empty one instead, for a sealer to write that of this wake
    @MustBeClosed
    static Fd wanted(Directory directory, InstanceId id, boolean fresh) throws IOException {
        var name = id + WANTED;
        if (!fresh && directory.names(MOST_FILES).contains(name)) {
            return directory.openBeneath(name);
        }
        new DirectoryFiles(directory).destroy(name, BEGINNING);
        return directory.createBeneath(name, OWNER_ONLY, OpenFlag.READ_WRITE);
    }

    /// Destroys the working set, which is of use for another sleep only. No-op if absent.
    static void forgetWanted(Directory directory, InstanceId id) throws IOException {
        new DirectoryFiles(directory).destroy(id + WANTED, BEGINNING);
    }

    /// Destroys a snapshot: first its own key, which is in the manifests, then the rest. No-op if absent.
    static void destroy(Directory directory, InstanceId id) throws IOException {
        var files = new DirectoryFiles(directory);
        for (var name : directory.names(MOST_FILES)) {
            if (name.startsWith(id + MANIFEST)) {
                files.destroy(name, BEGINNING);
            }
        }
        files.destroy(id + ".vmstate", BEGINNING);
        files.destroy(id + ".memory", BEGINNING);
    }

    @Override
    public void close() {
        manifest.close();
        memory.close();
        vmstate.close();
    }
}
