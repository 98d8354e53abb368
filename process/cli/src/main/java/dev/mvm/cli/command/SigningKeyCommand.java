package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.crypto.sign.KeyFile;
import dev.mvm.json.Json;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The noun `signing-key`: keys that sign trust roots, grants and states.
@Command(
        name = "signing-key",
        description = {
            "Manage signing keys in files, tokens and Vault.",
            "REFERENCE is one of:",
            "  FILE                            a key file",
            "  pkcs11:...                      a PKCS#11 URI (RFC 7512) with module-path",
            "  transit:[MOUNT/]NAME[@VERSION]  a Transit key of Vault or OpenBao; set VAULT_ADDR, VAULT_TOKEN or",
            "                                  VAULT_TOKEN_FILE, and if needed VAULT_CACERT and VAULT_NAMESPACE",
            "Passphrases and PINs are read from the terminal, or from the file that MVM_PASSPHRASE_FILE names (mode 0600)."
        },
        subcommands = {SigningKeyCommand.New.class, SigningKeyCommand.Show.class, SigningKeyCommand.Passphrase.class})
final class SigningKeyCommand {
    private SigningKeyCommand() {}

    @Command(
            name = "new",
            description = {
                "Create a key file encrypted with a passphrase, and its public key in FILE.pub.",
                "The passphrase has at least 12 characters."
            })
    static final class New extends Verb {
        @Parameters(paramLabel = "FILE", description = "New file for the key.")
        private Path file = Path.of("");

        @Option(names = "--plain", description = "Do not encrypt the key: everyone who can read the file can sign.")
        private boolean plain;

        @Override
        int run() throws Failure {
            var key = plain ? DocumentFiles.newKey(file) : DocumentFiles.newEncryptedKey(file);
            context().output().line(file + "  " + key.verifyKey().id());
            return 0;
        }
    }

    @Command(name = "show", description = "Open a key and show its id and public key.")
    static final class Show extends Verb {
        @Parameters(paramLabel = "REFERENCE", description = "Key file, pkcs11: URI or transit:NAME.")
        private String reference = "";

        @Option(names = "--out", paramLabel = "FILE", description = "Also write the public key to this new file.")
        private Optional<Path> out = Optional.empty();

        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            var key = DocumentFiles.key(reference).verifyKey();
            if (out.isPresent()) {
                DocumentFiles.writePublicKey(out.get(), key);
            }
            if (format.json) {
                context()
                        .output()
                        .json(Json.object()
                                .put("id", key.id().value())
                                .put("public_key", key.base64())
                                .end());
            } else {
                context().output().facts("id", key.id().value(), "public key", key.base64());
            }
            return 0;
        }
    }

    @Command(
            name = "passphrase",
            description = {
                "Change the passphrase of a key file, or encrypt a plain one.",
                "The new passphrase may be the old one; it has at least 12 characters.",
                "Also rewrites a key file of openssl or of an earlier mvm, and one that a faulty JDK labelled wrongly",
                "(wrong_label).",
                "The new passphrase is read from the terminal, or from the file that MVM_NEW_PASSPHRASE_FILE names (mode 0600)."
            })
    static final class Passphrase extends Verb {
        @Parameters(paramLabel = "FILE", description = "The key file.")
        private Path file = Path.of("");

        @Override
        int run() throws Failure {
            var before = DocumentFiles.changePassphrase(file);
            if (before == KeyFile.Label.WRONG) {
                context().output().line(file + "  had the label HMAC-SHA-1 of a faulty JDK; repaired");
            }
            context().output().line(file + "  has a new passphrase");
            return 0;
        }
    }
}
