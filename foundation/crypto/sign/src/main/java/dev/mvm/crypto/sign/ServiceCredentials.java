package dev.mvm.crypto.sign;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Keys that the service manager hands over, systemd's credentials (systemd.exec(5)), in place of key files that are
/// not there: `mvm-coordinator.` and the file's name. A file that is there counts before its credential, so that a new
/// key is used as soon as it is written.
public final class ServiceCredentials {
    private static final String PREFIX = "mvm-coordinator.";
    private static final ServiceCredentials HERE =
            new ServiceCredentials(Optional.ofNullable(System.getenv("CREDENTIALS_DIRECTORY"))
                    .filter(name -> !name.isEmpty())
                    .map(Path::of));

    private final Optional<Path> folder;

    private ServiceCredentials(Optional<Path> folder) {
        this.folder = folder;
    }

    /// Returns those that this process was handed.
    public static ServiceCredentials here() {
        return HERE;
    }

    /// Returns those in a folder.
    public static ServiceCredentials in(Path folder) {
        return new ServiceCredentials(Optional.of(folder));
    }

    /// Returns where a key file is to be read: at its own place, or from its credential.
    public Path place(Path file) {
        return inPlaceOf(file).orElse(file);
    }

    /// Returns the credential that counts in place of a file; empty if the file is there, or no such credential is.
    public Optional<Path> inPlaceOf(Path file) {
        return Files.exists(file)
                ? Optional.empty()
                : folder.map(here -> here.resolve(PREFIX + file.getFileName())).filter(Files::exists);
    }

    /// Returns whether a file was handed over by the service manager, which decides who reads it: by an access control
    /// list, whose mask shows as the permissions of a group.
    boolean handedOver(Path file) {
        return folder.isPresent() && folder.get().equals(file.getParent());
    }
}
