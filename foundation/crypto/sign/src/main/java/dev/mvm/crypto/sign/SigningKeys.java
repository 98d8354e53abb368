package dev.mvm.crypto.sign;

import dev.mvm.crypto.pkcs11.Pkcs11Uri;
import dev.mvm.crypto.sign.SigningException.Reason;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;

/// References to signing keys, as operators write them:
///
/// | reference | where the key lives |
/// |---|---|
/// | a path | a file, see [KeyFile] |
/// | `pkcs11:...` | a token, see `Pkcs11Uri` (RFC 7512) |
/// | `transit:[MOUNT/]NAME[@VERSION]` | Vault or OpenBao, see [TransitKey] |
public final class SigningKeys {
    private SigningKeys() {}

    /// Opens the key that a reference names. What of it is secret is asked of `passphrases`; how Vault is reached is
    /// said by the environment.
    ///
    /// @throws SigningException if it cannot be used; a one-line message says why and what to do
    public static SigningKey open(String reference, PassphraseSource passphrases) throws SigningException {
        return open(reference, passphrases, System.getenv());
    }

    /// Opens a key like the other [#open], in the given environment.
    static SigningKey open(String reference, PassphraseSource passphrases, Map<String, String> environment)
            throws SigningException {
        if (reference.startsWith(Pkcs11Uri.SCHEME)) {
            return Pkcs11Key.open(reference, passphrases);
        }
        if (reference.startsWith(TransitKey.SCHEME)) {
            return TransitKey.open(reference, TransitServer.of(environment));
        }
        return KeyFile.read(file(reference), passphrases);
    }

    private static Path file(String reference) throws SigningException {
        try {
            var file = Path.of(reference);
            // a path may begin like that, but then it is there
            if (!reference.isEmpty() && (!reference.matches("[a-z][a-z0-9+]+:.*") || Files.exists(file))) {
                return file;
            }
        } catch (InvalidPathException _) { // says the same as an unknown kind
        }
        throw new SigningException(
                Reason.BAD_REFERENCE, "no reference to a key: want a file, a pkcs11: URI or transit:NAME");
    }
}
