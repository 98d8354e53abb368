package dev.mvm.hostd.volume;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.files.DirectoryFiles;
import dev.mvm.hostd.host.ArtefactException;
import dev.mvm.hostd.policy.Refusal;
import dev.mvm.linux.cryptsetup.Luks;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.libcrypto.AesGcm;
import dev.mvm.model.InstanceId;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;

/// Headers of volumes as they are on disk: sealed, so that a writer to the disk cannot choose how data is
/// encrypted. An open header is a file in memory.
///
/// While one is put under another key there are two: `ID.header` under the replaced key, `ID.next` under the
/// one in force.
final class SealedHeaders {
    static final String HEADER = ".header";
    static final String NEXT = ".next";
    private static final int SEALED_SIZE = Luks.HEADER_SIZE + AesGcm.OVERHEAD;
    private static final int OWNER_ONLY = 0600;

    private final Directory directory;
    private final AesGcm aes;

    SealedHeaders(Directory directory, AesGcm aes) {
        this.directory = directory;
        this.aes = aes;
    }

    /// Opens an instance's header. If it was `ID.next` that opened, it takes the place of the other, which is
    /// erased.
    ///
    /// @param label what it was bound to
    /// @throws ArtefactException if there is none, or none that opens
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's in the end
    Fd open(InstanceId id, byte[] label, VolumeKeys keys) throws IOException, ArtefactException {
        var refusal = Refusal.VOLUME_MISSING;
        try (var arena = Arena.ofConfined();
                var header = Fd.inMemory()) {
            var content = arena.allocate(Luks.HEADER_SIZE);
            for (var suffix : List.of(HEADER, NEXT)) {
                try {
                    var sealed = directory.read(id + suffix, SEALED_SIZE);
                    refusal = Refusal.VOLUME_DIFFERS;
                    if (aes.open(keys.seal(), label, sealed, content)) {
                        if (suffix.equals(NEXT)) {
                            new DirectoryFiles(directory).destroy(id + HEADER, Luks.HEADER_SIZE);
                            directory.rename(id + NEXT, id + HEADER);
                            directory.sync();
                        }
                        header.writeAll(content);
                        return header.move();
                    }
                } catch (ErrnoException e) {
                    if (e.errno() != Errno.ENOENT) {
                        throw e;
                    }
                }
            }
        }
        throw new ArtefactException(refusal, id + ": no header of its volume opens with the tenant's key");
    }

    /// Seals and stores a header.
    ///
    /// @param suffix [#HEADER], or [#NEXT] under another key than that
    void put(InstanceId id, String suffix, byte[] label, VolumeKeys keys, Fd header) throws IOException {
        try (var arena = Arena.ofConfined();
                var fromItsStart = Fd.open(header.path())) {
            var content = arena.allocate(Luks.HEADER_SIZE);
            int size = fromItsStart.read(content);
            if (size != Luks.HEADER_SIZE) {
                throw new IOException("a header of " + size + " bytes");
            }
            directory.replace(id + suffix, aes.seal(keys.seal(), label, content), OWNER_ONLY);
        }
    }

    /// Overwrites and removes all of an instance's headers, and with them the volume's key.
    void erase(InstanceId id) throws IOException {
        for (var suffix : List.of(HEADER, NEXT)) {
            for (var name : List.of(id + suffix, "." + id + suffix + ".new")) { // the latter of an interrupted write
                new DirectoryFiles(directory).destroy(name, Luks.HEADER_SIZE);
            }
        }
    }
}
