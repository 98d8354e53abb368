package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreException.Reason.FAILED;
import static dev.mvm.keyd.store.StoreException.Reason.MASTER_EXPOSED;
import static dev.mvm.keyd.store.StoreException.Reason.NO_MASTER_KEY;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.FileStatus;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.secret.SecretMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/// Epochs of a master key in a directory: files `epoch-N` of 32 bytes that only their owner may read.
final class EpochFiles implements EpochSource {
    private static final String PREFIX = "epoch-";
    private static final int OWNER_ONLY = 0600;
    private static final int OTHERS = 0077;
    private static final int MOST = 1000;

    private final Path folder;

    EpochFiles(Path folder) {
        this.folder = folder;
    }

    @Override
    public String kind() {
        return "file";
    }

    @MustBeClosed
    private Directory directory() throws StoreException {
        try {
            return Directory.open(folder);
        } catch (ErrnoException e) {
            throw new StoreException(NO_MASTER_KEY, "the master key's directory cannot be opened: " + folder, e);
        }
    }

    @Override
    public boolean makesEpochs() {
        return true;
    }

    @Override
    public List<Integer> epochs() throws StoreException {
        try (var directory = directory()) {
            return directory.names(MOST).stream()
                    .mapMulti((String name, java.util.function.Consumer<Integer> found) ->
                            EpochName.parse(PREFIX, name).ifPresent(found::accept))
                    .sorted()
                    .toList();
        } catch (ErrnoException e) {
            throw failed(e);
        }
    }

    private StoreException failed(ErrnoException e) {
        return new StoreException(FAILED, "the master key's directory " + folder + ": " + e.getMessage(), e);
    }

    @Override
    public void read(int epoch, SecretMemory into) throws StoreException {
        try (var directory = directory();
                var file = directory.openBeneath(PREFIX + epoch, OpenFlag.NON_BLOCKING)) {
            readKey(file, into, folder.resolve(PREFIX + epoch));
        } catch (ErrnoException e) {
            throw e.errno() == Errno.ENOENT
                    ? new StoreException(NO_MASTER_KEY, "epoch " + epoch + " of the master key is not in " + folder, e)
                    : failed(e);
        }
    }

    private static void readKey(Fd file, SecretMemory into, Path name) throws StoreException, ErrnoException {
        var status = file.status();
        if (status.kind() != FileStatus.Kind.REGULAR || status.size() != KeyCipher.KEY_SIZE) {
            throw new StoreException(
                    NO_MASTER_KEY, name + " is not a key: want a file of " + KeyCipher.KEY_SIZE + " bytes");
        }
        if ((status.permissions() & OTHERS) != 0) {
            throw new StoreException(
                    MASTER_EXPOSED, "others may read the master key " + name + ": chmod 600 it, or replace it");
        }
        if (file.read(into.bytes()) != KeyCipher.KEY_SIZE) {
            throw new StoreException(NO_MASTER_KEY, name + " cannot be read as a whole");
        }
    }

    /// The key takes its name once it is on stable storage, so that one that is there is whole.
    @Override
    public boolean begin(int epoch, SecretMemory key) throws StoreException {
        if (epochs().contains(epoch)) {
            return true;
        }
        var unfinished = ".new-" + epoch;
        try (var directory = directory()) {
            destroy(directory, unfinished); // of a crash on the way
            try (var file = directory.createBeneath(unfinished, OWNER_ONLY, OpenFlag.WRITE_ONLY)) {
                if (file.write(key.bytes()) != KeyCipher.KEY_SIZE) {
                    throw new ErrnoException("write", Errno.ENOSPC, "not taken in one piece");
                }
                file.sync();
            }
            directory.rename(unfinished, PREFIX + epoch);
            directory.sync();
            return true;
        } catch (ErrnoException e) {
            throw failed(e);
        }
    }

    @Override
    public boolean end(int epoch) throws StoreException {
        try (var directory = directory()) {
            destroy(directory, PREFIX + epoch);
            destroy(directory, ".new-" + epoch);
            return true;
        } catch (ErrnoException e) {
            throw failed(e);
        }
    }

    /// Overwrites a file, waits until that is on stable storage, and removes it. No-op if it is not there.
    private static void destroy(Directory directory, String name) throws ErrnoException {
        try (var file = directory.openBeneath(name, OpenFlag.WRITE_ONLY);
                var arena = Arena.ofConfined()) {
            MemorySegment zeros = arena.allocate(KeyCipher.KEY_SIZE);
            var _ = file.write(zeros);
            file.sync();
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                return;
            }
            throw e;
        }
        directory.remove(name);
        directory.sync();
    }
}
