package dev.mvm.cli.command;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.Anchor;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.FileVerification;
import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.crypto.sign.WholeFile;
import dev.mvm.crypto.verify.KeyId;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.json.Json;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The noun `trust`: the trust root, which names the keys that may sign.
@Command(
        name = "trust",
        description = {
            "Manage the trust root: which keys may sign what.",
            "All verbs but publish and list work on files, without a network."
        },
        subcommands = {
            TrustCommand.Init.class,
            TrustDrafts.New.class,
            TrustDrafts.Add.class,
            TrustDrafts.Rotate.class,
            TrustSigning.Diff.class,
            TrustSigning.Pin.class,
            TrustSigning.Sign.class,
            TrustCommand.Show.class,
            TrustSigning.Publish.class,
            TrustSigning.Listing.class
        })
final class TrustCommand {
    private TrustCommand() {}

    @Command(
            name = "init",
            description = {
                "Create one key per role and the first trust root, signed.",
                "Files: root.key, grant.key and node.key (keep them offline), state.key (for the coordinator), keys.key (for"
                        + " the key service), root.dsse (for every node), root.pin (to install nodes with)."
            })
    static final class Init extends Verb {
        @Option(
                names = "--dir",
                required = true,
                paramLabel = "DIR",
                description = "Directory for the files; created if absent.")
        private Path dir = Path.of("");

        @Option(
                names = "--days",
                paramLabel = "N",
                defaultValue = "365",
                description = "Validity in days, 1 to 3650. Default: ${DEFAULT-VALUE}.")
        private int days;

        @Option(
                names = "--keys-key",
                paramLabel = "FILE.PUB",
                description =
                        "Public half of a key that mvm-keyd make-signing-key has made: it gets the role keys, and no"
                                + " keys.key is made.")
        private Optional<Path> keysKey = Optional.empty();

        @Override
        int run() throws Failure, IOException {
            if (days < 1 || days > 3650) {
                throw usage("days out of range: " + days + ", must be 1 to 3650");
            }
            var roles = new EnumMap<Role, TrustRoot.Keys>(Role.class);
            var given = keysKey.isPresent()
                    ? Optional.of(DocumentFiles.publicKey(keysKey.get()))
                    : Optional.<VerifyKey>empty();
            WholeFile.createDirectories(dir, "rwx------");
            var rootKey = DocumentFiles.newKey(dir.resolve("root.key"));
            var grantKey = DocumentFiles.newKey(dir.resolve("grant.key"));
            var stateKey = DocumentFiles.newKey(dir.resolve("state.key"));
            roles.put(Role.ROOT, one(rootKey));
            roles.put(Role.GRANT, one(grantKey));
            roles.put(Role.STATE, one(stateKey));
            roles.put(Role.NODE, one(DocumentFiles.newKey(dir.resolve("node.key"))));
            var keys = given.isPresent()
                    ? given.get()
                    : DocumentFiles.newKey(dir.resolve("keys.key")).verifyKey();
            roles.put(Role.KEYS, new TrustRoot.Keys(1, List.of(keys)));
            var issuedAt = Instant.now().truncatedTo(ChronoUnit.SECONDS);
            var expires = issuedAt.plus(Duration.ofDays(days));
            var root = new TrustRoot(1, issuedAt, expires, roles, Set.of());
            var signed = DocumentFiles.sign(Envelopes.unsigned(DocumentType.ROOT, Payloads.of(root)), rootKey);
            var pin = signed.payload().digest();
            DocumentFiles.write(
                    dir.resolve("root.dsse"),
                    Envelopes.bytes(signed),
                    FileVerification.signed(DocumentType.ROOT, Payloads::root));
            DocumentFiles.write(dir.resolve("root.pin"), (pin + "\n").getBytes(US_ASCII), content -> {
                var _ = new Digest(new String(content, US_ASCII).strip());
            });
            context().output().line("trust root 1, valid until " + expires + ", pin " + pin);
            return 0;
        }

        private static TrustRoot.Keys one(SigningKey key) {
            return new TrustRoot.Keys(1, List.of(key.verifyKey()));
        }
    }

    @Command(name = "show", description = "Verify a trust root and its successors, and show the last one.")
    static final class Show extends Verb {
        @Parameters(
                arity = "1..*",
                paramLabel = "ROOT.DSSE",
                description = "The pinned root, then its successors in order.")
        private List<Path> files = List.of();

        @Option(names = "--pin", required = true, paramLabel = "DIGEST", description = "Digest of the first root.")
        private String pin = "";

        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            var root = Anchor.read(files.getFirst(), argument(pin, Digest::new), files.subList(1, files.size()))
                    .newest()
                    .value();
            if (format.json) {
                context().output().json(json(root));
                return 0;
            }
            context()
                    .output()
                    .facts(
                            "version", Integer.toString(root.version()),
                            "issued", root.issuedAt().toString(),
                            "expires", root.expires().toString());
            for (var entry : new EnumMap<>(root.roles()).entrySet()) {
                var role = entry.getKey();
                var keys = entry.getValue();
                context()
                        .output()
                        .line(String.format(
                                Locale.ROOT,
                                "%-8s %d of %d: %s",
                                role.word(),
                                keys.threshold(),
                                keys.keys().size(),
                                names(keys)));
            }
            for (var key : root.compromised().stream().sorted().toList()) {
                context().output().line("compromised: " + key);
            }
            return 0;
        }

        private static String names(TrustRoot.Keys keys) {
            return String.join(
                    ", ", keys.keys().stream().map(key -> key.id().brief()).toList());
        }

        private static Json json(TrustRoot root) {
            var roles = Json.object();
            for (var entry : new EnumMap<>(root.roles()).entrySet()) {
                var role = entry.getKey();
                var keys = entry.getValue();
                roles.put(
                        role.word(),
                        Json.object()
                                .put("threshold", keys.threshold())
                                .put(
                                        "keys",
                                        keys.keys().stream()
                                                .map(key -> Json.of(key.id().value()))
                                                .toList())
                                .end());
            }
            return Json.object()
                    .put("version", root.version())
                    .put("issued_at", root.issuedAt().toString())
                    .put("expires", root.expires().toString())
                    .put("roles", roles.end())
                    .put(
                            "compromised",
                            root.compromised().stream()
                                    .sorted()
                                    .map(KeyId::value)
                                    .map(Json::of)
                                    .toList())
                    .end();
        }
    }
}
