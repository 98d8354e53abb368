package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.Drafts;
import dev.mvm.cli.signing.FileVerification;
import dev.mvm.cli.signing.NodeDraft;
import dev.mvm.cli.terminal.Table;
import dev.mvm.json.Json;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.NodeDocument;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Verbs that write, sign, publish and list node documents. A document's way is that of a grant.
final class NodeDocuments {
    private NodeDocuments() {}

    /// Base of the verbs that write a document, to be signed next.
    abstract static class Draft extends Verb {
        @Option(
                names = "--days",
                defaultValue = "365",
                paramLabel = "N",
                description = "Validity in days, 1 to 3650. Default: ${DEFAULT-VALUE}.")
        private int days;

        final int days() {
            return days;
        }

        final int write(Path file, NodeDocument document) throws Failure {
            DocumentFiles.write(file, Payloads.of(document), FileVerification.draft(DocumentType.NODE, Payloads::node));
            context().output().line(file + "  " + describe(document) + ", not signed yet");
            return 0;
        }

        static NodeDocument current(Path file) throws Failure {
            return DocumentFiles.node(Drafts.open(file, DocumentType.NODE, Payloads::node));
        }
    }

    private static String describe(NodeDocument document) {
        return "node " + document.node() + ", version " + document.version() + ": "
                + document.key().map(key -> "key " + NodeDraft.fingerprint(key)).orElse("NO KEY");
    }

    /// The option with the file that has a node's public key.
    static final class KeyOption {
        private static final int MAX_BYTES = 1024;

        @Option(
                names = "--node-key",
                required = true,
                paramLabel = "FILE",
                description = "File with the line that mvm-hostd make-node-key printed on the node.")
        private Path file = Path.of("");

        Bytes read() throws Failure {
            var content = DocumentFiles.read(file);
            var words = new String(content, 0, Math.min(content.length, MAX_BYTES), StandardCharsets.ISO_8859_1)
                    .strip()
                    .split(" +", -1);
            var key = key(words[0]);
            var fingerprint = NodeDraft.fingerprint(key);
            if (words.length > 1 && !words[1].equals(fingerprint)) {
                throw new Failure("damaged file " + file + ": its key is " + fingerprint + ", not " + words[1]
                        + " as written there");
            }
            return key;
        }

        private Bytes key(String base64) throws Failure {
            try {
                var raw = Base64.getDecoder().decode(base64);
                if (raw.length == NodeDocument.KEY_BYTES) {
                    return Bytes.of(raw);
                }
            } catch (IllegalArgumentException e) {
                throw noKey();
            }
            throw noKey();
        }

        private Failure noKey() {
            return new Failure("no node key in " + file + " (expected the line that mvm-hostd make-node-key printed)");
        }
    }

    @Command(
            name = "init",
            description = {
                "Write the first document of a node.",
                "Compare the key printed here with the one that mvm-hostd make-node-key printed there: the owner of a"
                        + " wrong key could read the tenant keys. Sign and publish the document next."
            })
    static final class Init extends Draft {
        @Parameters(index = "0", paramLabel = "NODE", description = "The node.")
        private String node = "";

        @Parameters(index = "1", paramLabel = "FILE", description = "New file for the document.")
        private Path file = Path.of("");

        @Mixin
        private KeyOption key = new KeyOption();

        @Option(
                names = "--pin",
                required = true,
                paramLabel = "DIGEST",
                description = "Digest of the fleet's first trust root; see mvm trust pin.")
        private String pin = "";

        @Option(
                names = "--document-version",
                defaultValue = "1",
                paramLabel = "N",
                description =
                        "Version, more than that of every earlier document of the node. Default: ${DEFAULT-VALUE}.")
        private int version;

        @Override
        int run() throws Failure {
            var fleet = argument(pin, Digest::new);
            var name = argument(node, NodeId::new);
            var half = key.read();
            return write(file, argument("", _ -> NodeDraft.first(fleet, name, version, days(), half)));
        }
    }

    @Command(
            name = "rotate",
            description = {"Write the next document of a node, with another key.", "Sign and publish it next."})
    static final class Rotate extends Draft {
        @Parameters(index = "0", paramLabel = "NODE.DSSE", description = "The document in force.")
        private Path current = Path.of("");

        @Parameters(index = "1", paramLabel = "FILE", description = "New file for the next document.")
        private Path file = Path.of("");

        @Mixin
        private KeyOption key = new KeyOption();

        @Override
        int run() throws Failure {
            var before = current(current);
            var half = key.read();
            return write(file, argument("", _ -> NodeDraft.after(before, days(), Optional.of(half))));
        }
    }

    @Command(
            name = "revoke",
            description = {
                "Write the next document of a node, without a key.",
                "The node gets no tenant keys once it is signed and published. Then rotate the keys of tenants that the"
                        + " node has had."
            })
    static final class Revoke extends Draft {
        @Parameters(index = "0", paramLabel = "NODE.DSSE", description = "The document in force.")
        private Path current = Path.of("");

        @Parameters(index = "1", paramLabel = "FILE", description = "New file for the next document.")
        private Path file = Path.of("");

        @Override
        int run() throws Failure {
            var before = current(current);
            return write(file, argument("", _ -> NodeDraft.after(before, days(), Optional.empty())));
        }
    }

    @Command(
            name = "sign",
            description = {
                "Sign a node document.",
                "Writes FILE.dsse beside a plain FILE. Adds a signature to a FILE.dsse that is signed already."
            })
    static final class Sign extends SigningVerb {
        Sign() {
            super(DocumentType.NODE, Payloads::node);
        }
    }

    @Command(name = "verify", description = "Verify a signed node document against a trust root and show it.")
    static final class VerifyNode extends Verb {
        @Parameters(paramLabel = "FILE.DSSE", description = "The signed document.")
        private Path file = Path.of("");

        @Mixin
        private AnchorOptions anchor = new AnchorOptions();

        @Override
        int run() throws Failure {
            var trusted = anchor.read(this);
            try {
                var verified = trusted.verifier().node(trusted.newest(), DocumentFiles.read(file));
                var document = verified.value();
                context()
                        .output()
                        .facts(
                                "node",
                                document.node() + ", version " + document.version() + ", " + verified.digest(),
                                "fleet",
                                document.fleet().value(),
                                "valid",
                                document.issuedAt() + " to " + document.expires(),
                                "node key",
                                document.key().map(NodeDraft::fingerprint).orElse("none: it gets no tenant keys"));
                return 0;
            } catch (RefusedException e) {
                throw new Failure("verification failed: " + e.getMessage());
            }
        }
    }

    @Command(
            name = "publish",
            description = {
                "Send a signed node document to the coordinator.",
                "Tenant keys are encrypted to its key from then on, and to no earlier one."
            })
    static final class Publish extends PublishingVerb {
        @Override
        int run() throws Failure {
            var answer = post("/v1/node-documents");
            var key = ResponseFields.text(answer, "node_key");
            context()
                    .output()
                    .line(ResponseFields.text(answer, "node") + "  version " + ResponseFields.number(answer, "version")
                            + ", " + (key.isEmpty() ? "gets no tenant keys" : "has the key " + key));
            return 0;
        }
    }

    @Command(name = "documents", description = "List node documents, oldest first.")
    static final class Documents extends Verb {
        @Parameters(arity = "0..1", paramLabel = "NODE", description = "Only of this node.")
        private Optional<String> node = Optional.empty();

        @Option(
                names = "--out",
                paramLabel = "DIR",
                description = "Also write each document to DIR/node-NODE-VERSION.dsse.")
        private Optional<Path> out = Optional.empty();

        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            var only = node.isPresent() ? "?node=" + argument(node.get(), NodeId::new) : "";
            var documents =
                    ResponseFields.objects(context().coordinator().get("/v1/node-documents" + only), "documents");
            if (out.isPresent()) {
                write(documents, out.get());
            }
            if (format.json) {
                context().output().json(documents);
                return 0;
            }
            var table = new Table("NODE", "VERSION", "EXPIRES", "NODE KEY");
            for (var document : documents) {
                var key = ResponseFields.text(document, "node_key");
                table.row(
                        ResponseFields.text(document, "node"),
                        Long.toString(ResponseFields.number(document, "version")),
                        ResponseFields.text(document, "expires"),
                        key.isEmpty() ? "none" : key);
            }
            context().output().table(table);
            return 0;
        }

        private void write(List<Json.Obj> documents, Path dir) throws Failure {
            for (var document : documents) {
                var name = argument(ResponseFields.text(document, "node"), NodeId::new);
                DocumentFiles.replace(
                        dir.resolve("node-" + name + "-" + ResponseFields.number(document, "version") + ".dsse"),
                        Base64.getDecoder().decode(ResponseFields.text(document, "envelope")),
                        FileVerification.signed(DocumentType.NODE, Payloads::node));
            }
        }
    }
}
