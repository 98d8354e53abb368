package dev.mvm.hostd.key;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.hostd.files.DirectoryFiles;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.libcrypto.Ed25519;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Bytes;
import java.io.IOException;

/// The key that this node signs statements with: Ed25519, 32 bytes in a file of root's, read into [SecretMemory] for
/// each use, without a copy on the heap.
public final class NodeIdentity {
    /// Name of its file.
    public static final String NAME = "node";

    private static final String FRESH = ".node.new";
    private static final int OWNER_ONLY = 0600;

    private final Directory directory;
    private final Ed25519 ed25519;

    /// @param directory of the file; stays its owner's, and open
    public NodeIdentity(Directory directory, Libcrypto libcrypto) throws IOException {
        this.directory = directory;
        this.ed25519 = new Ed25519(libcrypto);
    }

    /// Returns the public half, by which operators enrol this node.
    ///
    /// @throws IOException as [#sign]
    public VerifyKey publicHalf() throws IOException {
        try (var seed = read()) {
            return new VerifyKey(ed25519.publicKey(seed));
        }
    }

    /// Signs a message.
    ///
    /// @throws IOException if there is no key, others may read its file, or it is not a key
    public Bytes sign(byte[] message) throws IOException {
        try (var seed = read()) {
            return Bytes.of(ed25519.sign(seed, message));
        }
    }

    /// Returns whether there is a key.
    public boolean exists() throws IOException {
        try (var _ = directory.openBeneath(NAME)) {
            return true;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                return false;
            }
            throw e;
        }
    }

    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's in the end, closed here on the way out of an error
    private SecretMemory read() throws IOException {
        var seed = SecretMemory.allocate(Ed25519.KEY_SIZE);
        try (var file = directory.openBeneath(NAME)) {
            var status = file.status();
            if ((status.permissions() & ~OWNER_ONLY) != 0
                    || status.size() != Ed25519.KEY_SIZE
                    || file.read(seed.bytes()) != Ed25519.KEY_SIZE) {
                throw new IOException("the node key has to be a file of " + Ed25519.KEY_SIZE + " bytes and mode 0600");
            }
            return seed;
        } catch (IOException e) {
            seed.close();
            throw e;
        }
    }

    /// Makes a key unless there is one, and returns when it is on stable storage.
    public void make() throws IOException {
        if (exists()) {
            return;
        }
        new DirectoryFiles(directory).remove(FRESH); // of an attempt that was cut short
        try (var file = directory.createBeneath(FRESH, OWNER_ONLY, OpenFlag.WRITE_ONLY);
                var seed = SecretMemory.allocate(Ed25519.KEY_SIZE)) {
            ed25519.generate(seed);
            file.writeAll(seed.bytes());
            file.sync();
        }
        directory.rename(FRESH, NAME);
        directory.sync();
    }
}
