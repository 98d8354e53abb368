package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreException.Reason.FAILED;
import static dev.mvm.keyd.store.StoreException.Reason.NO_MASTER_KEY;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.FileStatus;
import dev.mvm.linux.secret.SecretMemory;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/// Epochs of a master key that the service manager hands over, systemd's credentials (systemd.exec(5)):
/// `mvm-keyd.epoch-N`, 32 bytes each. They can be bound to a TPM, and cannot be made or destroyed from here:
/// operators add the next one and remove the old one.
final class EpochCredentials implements EpochSource {
    private static final String PREFIX = "mvm-keyd.epoch-";
    private static final int MOST = 1000;

    private final Path folder;

    /// @param folder that of the credentials, which the service manager keeps others out of
    EpochCredentials(Path folder) {
        this.folder = folder;
    }

    @Override
    public String kind() {
        return "credential";
    }

    @Override
    public boolean makesEpochs() {
        return false;
    }

    @Override
    public List<Integer> epochs() throws StoreException {
        try (var directory = Directory.open(folder)) {
            return directory.names(MOST).stream()
                    .mapMulti((String name, Consumer<Integer> found) ->
                            EpochName.parse(PREFIX, name).ifPresent(found::accept))
                    .sorted()
                    .toList();
        } catch (ErrnoException e) {
            throw new StoreException(FAILED, "the credentials cannot be listed: " + e.getMessage(), e);
        }
    }

    @Override
    public void read(int epoch, SecretMemory into) throws StoreException {
        try (var directory = Directory.open(folder);
                var file = directory.openBeneath(PREFIX + epoch)) {
            var status = file.status();
            if (status.kind() != FileStatus.Kind.REGULAR
                    || status.size() != KeyCipher.KEY_SIZE
                    || file.read(into.bytes()) != KeyCipher.KEY_SIZE) {
                throw new StoreException(
                        NO_MASTER_KEY, "the credential " + PREFIX + epoch + " is not " + KeyCipher.KEY_SIZE + " bytes");
            }
        } catch (ErrnoException e) {
            throw new StoreException(NO_MASTER_KEY, "no credential " + PREFIX + epoch + ": " + e.getMessage(), e);
        }
    }

    @Override
    public boolean begin(int epoch, SecretMemory key) throws StoreException {
        return epochs().contains(epoch);
    }

    @Override
    public boolean end(int epoch) throws StoreException {
        return !epochs().contains(epoch);
    }
}
