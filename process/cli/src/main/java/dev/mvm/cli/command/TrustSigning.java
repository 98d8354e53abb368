package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.Drafts;
import dev.mvm.cli.signing.FileVerification;
import dev.mvm.cli.signing.RootReview;
import dev.mvm.cli.terminal.Table;
import dev.mvm.json.Json;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.authoring.RootRehearsal;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Verbs that review, sign, publish and list trust roots.
final class TrustSigning {
    private TrustSigning() {}

    @Command(name = "diff", description = "Show what a new trust root changes, for its signers.")
    static final class Diff extends Verb {
        @Parameters(index = "0", paramLabel = "ROOT.DSSE", description = "The root in force.")
        private Path before = Path.of("");

        @Parameters(index = "1", paramLabel = "NEXT", description = "The next root, signed or not.")
        private Path after = Path.of("");

        @Override
        int run() throws Failure {
            RootReview.lines(TrustDrafts.Draft.current(before), TrustDrafts.Draft.current(after))
                    .forEach(context().output()::line);
            return 0;
        }
    }

    @Command(
            name = "pin",
            description = {"Print the digest of a trust root.", "Signers compare it, and nodes are installed with it."})
    static final class Pin extends Verb {
        @Parameters(paramLabel = "FILE", description = "The trust root, signed or not.")
        private Path file = Path.of("");

        @Override
        int run() throws Failure {
            var envelope = Drafts.open(file, DocumentType.ROOT, Payloads::root);
            context().output().line(envelope.payload().digest().toString());
            return 0;
        }
    }

    @Command(
            name = "sign",
            description = {
                "Sign a trust root.",
                "Writes FILE.dsse beside a plain FILE. Adds a signature to a FILE.dsse that is signed already."
            })
    static final class Sign extends SigningVerb {
        Sign() {
            super(DocumentType.ROOT, Sign::rehearsed);
        }

        private static TrustRoot rehearsed(Envelope envelope) throws RefusedException {
            var root = Payloads.root(envelope);
            RootRehearsal.check(root, Instant.now().truncatedTo(ChronoUnit.SECONDS));
            return root;
        }

        @Override
        void remark(Path signed) throws Failure {
            var root = TrustDrafts.Draft.current(signed);
            RootReview.sharedKeys(root).forEach(context().output()::line);
            if (!root.roles().containsKey(Role.KEYS)) {
                context().output().line(TrustDrafts.NO_KEYS);
            }
        }
    }

    @Command(
            name = "publish",
            description = {
                "Send the next trust root to the coordinator, which sends it to every node.",
                "A node that follows a root has no way back. So one that would stop the fleet, or a part of it,",
                "is refused unless that is meant."
            })
    static final class Publish extends PublishingVerb {
        @Option(
                names = "--even-if",
                split = ",",
                paramLabel = "WHAT",
                description = {
                    "Publish it although this counts no longer then; repeatable, or several with commas.",
                    "state_key: the coordinator's key, so that nothing starts until it has another.",
                    "keys_role: the key service's, so that nodes get no tenant keys.",
                    "grants: some grants. node_documents: some documents of nodes."
                })
        private List<String> meant = List.of();

        @Override
        int run() throws Failure {
            var root = DocumentFiles.root(Drafts.open(file(), DocumentType.ROOT, Payloads::root));
            var request = Json.object();
            if (!meant.isEmpty()) {
                request.put("even_if", meant.stream().map(Json::of).toList());
            }
            var answer = post("/v1/roots", request);
            context()
                    .output()
                    .line("trust root " + root.version()
                            + " is in force on the coordinator; mvm trust list shows how many" + " nodes have it");
            if (!ResponseFields.flag(answer, "signs")) {
                context()
                        .output()
                        .line(
                                "the coordinator's key has no role in this root: nodes start nothing new until the coordinator"
                                        + " gets a key that has one (state-key in its configuration)");
            }
            return 0;
        }
    }

    @Command(name = "list", description = "List the coordinator's trust roots, and how many nodes have each.")
    static final class Listing extends Verb {
        @Mixin
        private Format format = new Format();

        @Option(names = "--out", paramLabel = "DIR", description = "Also write each root to DIR/root-VERSION.dsse.")
        private Optional<Path> out = Optional.empty();

        @Override
        int run() throws Failure {
            var answer = context().coordinator().get("/v1/roots");
            var nodes = ResponseFields.objects(context().coordinator().get("/v1/nodes"), "nodes");
            var roots = ResponseFields.objects(answer, "roots");
            if (out.isPresent()) {
                write(roots, out.get());
            }
            if (format.json) {
                context().output().json(answer);
                return 0;
            }
            var table = new Table("VERSION", "EXPIRES", "DIGEST", "NODES");
            for (var root : roots) {
                long version = ResponseFields.number(root, "version");
                long having = nodes.stream()
                        .filter(node -> ResponseFields.number(node, "root_version") == version)
                        .count();
                table.row(
                        Long.toString(version),
                        ResponseFields.text(root, "expires"),
                        ResponseFields.text(root, "digest"),
                        Long.toString(having));
            }
            context().output().table(table);
            return 0;
        }

        private static void write(List<Json.Obj> roots, Path dir) throws Failure {
            for (var root : roots) {
                var envelope = Base64.getDecoder().decode(ResponseFields.text(root, "envelope"));
                DocumentFiles.replace(
                        dir.resolve("root-" + ResponseFields.number(root, "version") + ".dsse"),
                        envelope,
                        FileVerification.signed(DocumentType.ROOT, Payloads::root));
            }
        }
    }
}
