package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreException.Reason.FAILED;
import static dev.mvm.keyd.store.StoreException.Reason.MASTER_EXPOSED;
import static dev.mvm.keyd.store.StoreException.Reason.MASTER_UNREACHABLE;
import static dev.mvm.keyd.store.StoreException.Reason.NO_MASTER_KEY;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.crypto.sign.SigningException;
import dev.mvm.crypto.sign.TransitServer;
import dev.mvm.crypto.tenantkeys.KeyException;
import dev.mvm.crypto.tenantkeys.TransitKeyAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// References to master keys, as operators write them:
///
/// | reference | where the master key lives |
/// |---|---|
/// | `file:/DIRECTORY` | files `epoch-N` of 32 bytes, mode 0600 |
/// | `credential` | credentials `mvm-keyd.epoch-N` of the service manager |
/// | `pkcs11:...` | AES keys `OBJECT-N` in a token |
/// | `transit:[MOUNT/]NAME` | versions of a key in Vault or OpenBao |
public final class MasterKeys {
    private static final String FILE = "file:";
    private static final String CREDENTIAL = "credential";
    private static final String TOKEN = "pkcs11:";
    private static final String TRANSIT = "transit:";

    private MasterKeys() {}

    /// Everything that decides about a master key, besides its reference.
    ///
    /// @param store the store's directory
    /// @param hardened whether a file on the store's own file system is refused
    /// @param allowFileMaster whether operators allow one there nevertheless
    /// @param environment of this process: `CREDENTIALS_DIRECTORY`, and Vault's variables
    public record Setting(Path store, boolean hardened, boolean allowFileMaster, Map<String, String> environment) {
        public Setting {
            environment = Map.copyOf(environment);
        }
    }

    /// Opens the master key that a reference names.
    ///
    /// @throws StoreException `MASTER_EXPOSED` if it lies beside what it protects, or others may read it;
    ///     `NO_MASTER_KEY`, `MASTER_UNREACHABLE`
    @MustBeClosed
    public static MasterKey open(String reference, Setting setting) throws StoreException {
        var cipher = new KeyCipher();
        if (reference.startsWith(FILE)) {
            return new HeldMasterKey(files(reference.substring(FILE.length()), setting), cipher);
        }
        if (reference.equals(CREDENTIAL)) {
            var folder = Optional.ofNullable(setting.environment().get("CREDENTIALS_DIRECTORY"))
                    .filter(name -> !name.isEmpty())
                    .orElseThrow(() -> new StoreException(
                            NO_MASTER_KEY,
                            "the service manager hands over no credentials: LoadCredentialEncrypted= does"));
            return new HeldMasterKey(new EpochCredentials(Path.of(folder)), cipher);
        }
        if (reference.startsWith(TOKEN)) {
            return TokenMasterKey.of(reference, cipher);
        }
        if (reference.startsWith(TRANSIT)) {
            return transit(reference, setting);
        }
        throw new StoreException(
                NO_MASTER_KEY,
                "no reference to a master key: want file:/DIRECTORY, credential, pkcs11:... or transit:NAME");
    }

    private static EpochFiles files(String name, Setting setting) throws StoreException {
        var folder = absolute(name);
        try {
            if (!Files.isDirectory(folder)) {
                throw new StoreException(
                        NO_MASTER_KEY, "no directory for the master key: make " + folder + ", mode 0700");
            }
            var store = existing(setting.store());
            if (folder.toRealPath().startsWith(store.toRealPath()) && Files.isDirectory(setting.store())) {
                throw new StoreException(
                        MASTER_EXPOSED, "the master key is inside the store that it protects: " + folder);
            }
            boolean beside = device(folder) == device(store);
            if (beside && setting.hardened() && !setting.allowFileMaster()) {
                throw new StoreException(
                        MASTER_EXPOSED,
                        "the master key in " + folder
                                + " is on the disk of the store that it protects: use a token, Vault or a"
                                + " credential, or say allow-file-master = yes");
            }
            return new EpochFiles(folder);
        } catch (IOException e) {
            throw new StoreException(FAILED, "the master key's directory " + folder + ": " + e.getMessage(), e);
        }
    }

    private static Path absolute(String name) throws StoreException {
        try {
            var path = Path.of(name);
            if (path.isAbsolute()) {
                return path.normalize();
            }
        } catch (InvalidPathException _) { // says the same as a relative one
        }
        throw new StoreException(NO_MASTER_KEY, "file: wants the absolute path of a directory");
    }

    /// The directory, or the one above that it will be made in.
    private static Path existing(Path folder) {
        var at = folder.toAbsolutePath().normalize();
        while (at.getParent() != null && !Files.isDirectory(at)) {
            at = at.getParent();
        }
        return at;
    }

    private static long device(Path folder) throws IOException {
        return ((Number) Files.getAttribute(folder, "unix:dev", new LinkOption[0])).longValue();
    }

    private static MasterKey transit(String reference, Setting setting) throws StoreException {
        try {
            return new TransitMasterKey(TransitKeyAuthority.open(reference, TransitServer.of(setting.environment())));
        } catch (SigningException e) {
            throw new StoreException(NO_MASTER_KEY, String.valueOf(e.getMessage()), e);
        } catch (KeyException e) {
            throw new StoreException(MASTER_UNREACHABLE, String.valueOf(e.getMessage()), e);
        }
    }
}
