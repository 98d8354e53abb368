package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.FileVerification;
import dev.mvm.cli.signing.NodeReview;
import dev.mvm.cli.terminal.Table;
import dev.mvm.json.Json;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Verbs that sign, publish and list node documents. A document's way is that of a grant.
final class NodeDocuments {
    private NodeDocuments() {}

    @Command(
            name = "sign",
            description = {
                "Sign a node document.",
                "Writes FILE.dsse beside a plain FILE. Adds a signature to a FILE.dsse that is signed already."
            })
    static final class Sign extends SigningVerb {
        Sign() {
            super(NodeDocument.TYPE, Payloads::node);
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
                var verified = trusted.documents().node(trusted.newest(), DocumentFiles.read(file));
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
                                document.identity().map(key -> key.id().value()).orElse("none: it gets no tenant keys"),
                                "is",
                                NodeReview.traits(document.traits()));
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
                "The key service gives tenant keys to the owner of its key from then on, and of no earlier one."
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
            var table = new Table("NODE", "VERSION", "EXPIRES", "NODE KEY", "LABELS");
            for (var document : documents) {
                var key = ResponseFields.text(document, "node_key");
                table.row(
                        ResponseFields.text(document, "node"),
                        Long.toString(ResponseFields.number(document, "version")),
                        ResponseFields.text(document, "expires"),
                        key.isEmpty() ? "none" : key,
                        String.join(" ", ResponseFields.texts(document, "labels")));
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
                        FileVerification.signed(NodeDocument.TYPE, Payloads::node));
            }
        }
    }
}
