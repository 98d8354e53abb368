package dev.mvm.cli.command;

import dev.mvm.cli.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.crypto.sign.KeyFile;
import dev.mvm.json.Json;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Signing keys, wherever they live.
@Command(
        name = "signing-key",
        description = {
            "Signing keys in files, tokens and Vault.",
            "A REFERENCE is a FILE, a pkcs11: URI (RFC 7512, with module-path), or transit:[MOUNT/]NAME[@VERSION]"
                    + " for Vault or OpenBao (VAULT_ADDR, VAULT_TOKEN or VAULT_TOKEN_FILE, VAULT_CACERT, VAULT_NAMESPACE).",
            "Passphrases and PINs are asked on the terminal, or read from the file that MVM_PASSPHRASE_FILE names, mode 0600."
        },
        mixinStandardHelpOptions = true,
        subcommands = {SigningKeyCommand.New.class, SigningKeyCommand.Show.class, SigningKeyCommand.Passphrase.class})
final class SigningKeyCommand {
    private SigningKeyCommand() {}

    @Command(
            name = "new",
            description = "Makes a key in a file, encrypted by a passphrase, and FILE.pub beside it.",
            mixinStandardHelpOptions = true)
    static final class New extends Verb {
        @Parameters(paramLabel = "FILE", description = "Must not be there yet.")
        private Path file = Path.of("");

        @Option(names = "--plain", description = "Without a passphrase: whoever can read the file can sign.")
        private boolean plain;

        @Override
        int run() throws Failure {
            var key = plain ? DocumentFiles.newKey(file) : DocumentFiles.newEncryptedKey(file);
            context().output().line(file + "  " + key.verifyKey().id());
            return 0;
        }
    }

    @Command(name = "show", description = "Opens a key and shows its public half.", mixinStandardHelpOptions = true)
    static final class Show extends Verb {
        @Parameters(paramLabel = "REFERENCE")
        private String reference = "";

        @Option(
                names = "--out",
                paramLabel = "FILE",
                description = "Write the public key there too, as FILE.pub of a key is; must not be there yet.")
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
                "Changes the passphrase of a key in a file, or gives one to a key that has none. The new one may be the old one.",
                "A key that a faulty JDK has labelled wrongly (wrong_label) is written rightly.",
                "The new one is asked on the terminal, or read from the file that MVM_NEW_PASSPHRASE_FILE names, mode 0600."
            },
            mixinStandardHelpOptions = true)
    static final class Passphrase extends Verb {
        @Parameters(paramLabel = "FILE")
        private Path file = Path.of("");

        @Override
        int run() throws Failure {
            var before = DocumentFiles.changePassphrase(file);
            if (before == KeyFile.Label.WRONG) {
                context()
                        .output()
                        .line(file + "  said HMAC-SHA-1, as a JDK with a fault wrote it; it is written rightly now");
            }
            context().output().line(file + "  has a new passphrase");
            return 0;
        }
    }
}
