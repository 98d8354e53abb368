package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.Drafts;
import dev.mvm.cli.signing.FileVerification;
import dev.mvm.cli.signing.NodeChange;
import dev.mvm.cli.signing.NodeDraft;
import dev.mvm.cli.signing.NodeReview;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.authoring.BootId;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.NodeTraits;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Verbs that write node documents, to be signed next.
final class NodeDrafts {
    private NodeDrafts() {}

    private static NodeDocument document(Path file) throws Failure {
        return DocumentFiles.node(Drafts.open(file, NodeDocument.TYPE, Payloads::node));
    }

    /// Base of the verbs that write a document.
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
            DocumentFiles.write(file, Payloads.of(document), FileVerification.draft(NodeDocument.TYPE, Payloads::node));
            context()
                    .output()
                    .line(file + "  node " + document.node() + ", version " + document.version() + ": "
                            + NodeReview.key(document) + ", not signed yet");
            return 0;
        }
    }

    /// Base of the verbs that write the document that follows another.
    abstract static class Next extends Draft {
        @Parameters(index = "0", paramLabel = "NODE.DSSE", description = "The document in force.")
        private Path current = Path.of("");

        @Parameters(index = "1", paramLabel = "FILE", description = "New file for the next document.")
        private Path file = Path.of("");

        final NodeDocument current() throws Failure {
            return document(current);
        }

        final int write(NodeDocument before, Optional<VerifyKey> key, NodeTraits traits) throws Failure {
            var after = argument("", _ -> NodeDraft.after(before, days(), key, traits));
            NodeReview.lines(before, after).forEach(context().output()::line);
            return write(file, after);
        }
    }

    @Command(
            name = "init",
            description = {
                "Write the first document of a node.",
                "Compare the key printed here with the one that mvm-hostd printed there: the owner of a wrong key would"
                        + " get tenant keys. Sign and publish the document next."
            })
    static final class Init extends Draft {
        @Parameters(index = "0", paramLabel = "NODE", description = "The node.")
        private String node = "";

        @Parameters(index = "1", paramLabel = "FILE", description = "New file for the document.")
        private Path file = Path.of("");

        @Mixin
        private NodeKeyOption key = new NodeKeyOption();

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

        @Mixin
        private NodeTraitOptions traits = new NodeTraitOptions();

        @Override
        int run() throws Failure {
            var fleet = argument(pin, Digest::new);
            var name = argument(node, NodeId::new);
            var said = traits.read(this);
            var given = Optional.of(key.read());
            return write(file, argument("", _ -> NodeDraft.first(fleet, name, version, days(), given, said)));
        }
    }

    @Command(
            name = "rotate",
            description = {
                "Write the next document of a node, with another key.",
                "The rest stays. Sign and publish the document next."
            })
    static final class Rotate extends Next {
        @Mixin
        private NodeKeyOption key = new NodeKeyOption();

        @Override
        int run() throws Failure {
            var before = current();
            return write(before, Optional.of(key.read()), before.traits());
        }
    }

    @Command(
            name = "edit",
            description = {
                "Write the next document of a node with some values changed.",
                "The key stays. Sign and publish it next."
            })
    static final class Edit extends Next {
        @Option(
                names = "--set",
                required = true,
                paramLabel = "PATH=VALUE",
                description = "Value to change: labels=a,b, domain=rack-1, max_tenants=20, reboot=hold, ek=sha256:...,"
                        + " admitted=BOOT, largest.vcpus=64 or largest.mem_mib=262144; repeatable.")
        private Map<String, String> changes = new LinkedHashMap<>();

        @Override
        int run() throws Failure {
            var before = current();
            var change = NodeChange.of(before);
            for (var each : changes.entrySet()) {
                var _ = argument(each.getKey(), path -> {
                    change.set(path, each.getValue());
                    return path;
                });
            }
            return write(before, before.identity(), argument("", _ -> change.traits()));
        }
    }

    @Command(
            name = "admit",
            description = {
                "Write the next document of a node, by which one of its boots gets keys.",
                "For a node whose reboot waits, or that was held after an alarm. Look at the node first: who admits a"
                        + " boot of a thief gives the thief the keys. Sign and publish it next."
            })
    static final class Admit extends Next {
        @Parameters(
                index = "2..*",
                arity = "1..*",
                paramLabel = "BOOT",
                description = "Boot id, as in /proc/sys/kernel/random/boot_id on the node.")
        private List<String> boots = List.of();

        @Override
        int run() throws Failure {
            var before = current();
            var admitted =
                    boots.stream().map(boot -> argument(boot, BootId::new)).toList();
            return write(before, before.identity(), argument("", _ -> NodeDraft.admitting(before.traits(), admitted)));
        }
    }

    @Command(
            name = "revoke",
            description = {
                "Write the next document of a node, without a key.",
                "The node gets no tenant keys once it is signed and published. Then rotate the keys of tenants that the"
                        + " node has had."
            })
    static final class Revoke extends Next {
        @Override
        int run() throws Failure {
            var before = current();
            return write(before, Optional.empty(), before.traits());
        }
    }

    @Command(
            name = "diff",
            description = {
                "Show what a new node document changes, for its signers.",
                "+ allows more, - allows less, ! needs attention."
            })
    static final class Diff extends Verb {
        @Parameters(index = "0", paramLabel = "BEFORE", description = "Current document, signed or not.")
        private Path before = Path.of("");

        @Parameters(index = "1", paramLabel = "AFTER", description = "New document, signed or not.")
        private Path after = Path.of("");

        @Override
        int run() throws Failure {
            NodeReview.lines(document(before), document(after))
                    .forEach(context().output()::line);
            return 0;
        }
    }
}
