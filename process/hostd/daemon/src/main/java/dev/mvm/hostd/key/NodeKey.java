package dev.mvm.hostd.key;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.files.DirectoryFiles;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.secret.SecretMemory;
import java.io.IOException;
import java.util.Optional;

/// The private half of the node's X25519 key: 32 bytes in a file of root's, between disk and [SecretMemory] without a
/// copy on the heap.
public final class NodeKey {
    /// Name of its file.
    public static final String NAME = "node";

    private static final String FRESH = ".node.new";
    private static final int OWNER_ONLY = 0600;

    private NodeKey() {}

    /// Reads it; empty if none was made.
    ///
    /// @throws IOException if others may read the file, or it is not a key
    @SuppressWarnings("MustBeClosedChecker") // the caller's in the end, closed here on the way out of an error
    public static Optional<SecretMemory> read(Directory directory) throws IOException {
        try (var file = directory.openBeneath(NAME)) {
            var status = file.status();
            var key = SecretMemory.allocate(Hpke.KEY_SIZE);
            if ((status.permissions() & ~OWNER_ONLY) != 0
                    || status.size() != Hpke.KEY_SIZE
                    || file.read(key.bytes()) != Hpke.KEY_SIZE) {
                key.close();
                throw new IOException("the node key has to be a file of " + Hpke.KEY_SIZE + " bytes and mode 0600");
            }
            return Optional.of(key);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /// Reads it, or makes one and returns when it is on stable storage.
    @MustBeClosed
    public static SecretMemory readOrMake(Directory directory, Hpke hpke) throws IOException {
        var there = read(directory);
        if (there.isPresent()) {
            return there.get();
        }
        make(directory, hpke);
        return read(directory).orElseThrow();
    }

    private static void make(Directory directory, Hpke hpke) throws IOException {
        new DirectoryFiles(directory).remove(FRESH); // of an attempt that was cut short
        try (var file = directory.createBeneath(FRESH, OWNER_ONLY, OpenFlag.WRITE_ONLY);
                var key = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            hpke.generate(key);
            if (file.write(key.bytes()) != Hpke.KEY_SIZE) {
                throw new IOException("the node key cannot be written");
            }
            file.sync();
        }
        directory.rename(FRESH, NAME);
        directory.sync();
    }
}
