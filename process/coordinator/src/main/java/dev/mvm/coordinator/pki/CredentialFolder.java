package dev.mvm.coordinator.pki;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.Map;

/// The folder that an operator carries to a new member of the fleet: `key.pem`, `cert.pem` with the chain, and `ca.pem`
/// with every trusted authority.
final class CredentialFolder {
    private static final String KEY = "key.pem";
    private static final String CHAIN = "cert.pem";
    private static final String AUTHORITIES = "ca.pem";

    private CredentialFolder() {}

    /// Creates the folder `out`.
    ///
    /// @throws PkiException if the name exists, or the files do not read back as they were written
    static void create(Path out, PrivateKey key, FleetDirectory.Issued issued) throws PkiException {
        var files = Map.of(
                KEY, PemText.of(key),
                CHAIN, PemText.of(issued.chain()),
                AUTHORITIES, PemText.of(issued.authorities()));
        try {
            PrivateFiles.createDirectory(out, files, written -> demand(written, issued));
        } catch (FileAlreadyExistsException e) {
            throw new PkiException("file exists, not overwritten: " + out);
        } catch (IOException e) {
            throw new PkiException(out + " cannot be created", e);
        }
    }

    private static void demand(Path written, FleetDirectory.Issued meant) throws PkiException {
        var files = new ByteArrayOutputStream();
        files.writeBytes(PrivateFiles.read(written.resolve(KEY)));
        files.writeBytes(PrivateFiles.read(written.resolve(CHAIN)));
        var found = PemText.credential(files.toByteArray(), written.toString());
        var authorities = PemText.certificates(PrivateFiles.read(written.resolve(AUTHORITIES)), written.toString());
        if (!found.chain().equals(meant.chain()) || !found.fits() || !authorities.equals(meant.authorities())) {
            throw new PkiException("a credential does not read back as it was written: " + written);
        }
    }
}
