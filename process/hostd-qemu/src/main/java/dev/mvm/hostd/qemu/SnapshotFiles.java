package dev.mvm.hostd.qemu;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.files.DirectoryFiles;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.model.InstanceId;
import java.io.IOException;
import java.util.List;

/// One instance's snapshot on disk, `INSTANCE.manifest` and so on; open, so that who writes or reads it needs no path.
///
/// Whether it may be opened is not told by its being there: the registry knows.
record SnapshotFiles(Fd manifest, Fd memory, Fd vmstate) implements AutoCloseable {
    private static final int OWNER_ONLY = 0600;

    /// Most of what is overwritten: all of a manifest, and the salt and commitment that streams begin with.
    private static final int BEGINNING = 8192;

    private interface Opening {
        @MustBeClosed
        Fd open(String name) throws ErrnoException;
    }

    /// Makes new ones, empty, in place of what there was.
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the result owns them
    static SnapshotFiles make(Directory directory, InstanceId id) throws IOException {
        destroy(directory, id);
        return all(id, name -> directory.createBeneath(name, OWNER_ONLY, OpenFlag.READ_WRITE));
    }

    /// Opens what there is.
    ///
    /// @throws ErrnoException ENOENT if one is missing
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the result owns them
    static SnapshotFiles open(Directory directory, InstanceId id) throws ErrnoException {
        return all(id, directory::openBeneath);
    }

    @MustBeClosed
    private static SnapshotFiles all(InstanceId id, Opening opening) throws ErrnoException {
        try (var manifest = opening.open(id + ".manifest");
                var memory = opening.open(id + ".memory");
                var vmstate = opening.open(id + ".vmstate")) {
            return new SnapshotFiles(manifest.move(), memory.move(), vmstate.move());
        }
    }

    /// Destroys a snapshot: first its own key, which is in the manifest, then the rest. Fine if there is none.
    static void destroy(Directory directory, InstanceId id) throws IOException {
        var files = new DirectoryFiles(directory);
        for (var part : List.of(".manifest", ".vmstate", ".memory")) {
            files.destroy(id + part, BEGINNING);
        }
    }

    @Override
    public void close() {
        manifest.close();
        memory.close();
        vmstate.close();
    }
}
