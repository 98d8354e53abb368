package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.Drafts;
import dev.mvm.cli.signing.FileVerification;
import dev.mvm.cli.signing.RootDraft;
import dev.mvm.cli.signing.RootReview;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Verbs that write trust roots, to be signed afterwards.
final class TrustDrafts {
    /// Told of a root without a key service.
    static final String NO_KEYS = "! no key has the role keys: no node takes a tenant key";

    private TrustDrafts() {}

    /// Base of these verbs: applies changes and writes the draft.
    abstract static class Draft extends Verb {
        @Option(
                names = "--threshold",
                paramLabel = "ROLE=N",
                description = "Number of distinct keys of a role that must sign; repeatable.")
        private Map<String, Integer> thresholds = Map.of();

        @Option(
                names = "--days",
                defaultValue = "365",
                paramLabel = "N",
                description = "Validity in days, 1 to 3650. Default: ${DEFAULT-VALUE}.")
        private int days;

        final TrustRoot finish(RootDraft draft, Path file) throws Failure {
            thresholds.forEach((role, number) -> draft.threshold(argument(role, RootDraft::role), number));
            var root = argument("", _ -> draft.root(days));
            DocumentFiles.write(file, Payloads.of(root), FileVerification.draft(DocumentType.ROOT, Payloads::root));
            context().output().line(file + "  " + Digest.of(Payloads.of(root)) + "  not signed yet");
            if (!root.roles().containsKey(Role.KEYS)) {
                context().output().line(NO_KEYS);
            }
            return root;
        }

        /// Gives the key in `ROLE=FILE` its role.
        final void add(RootDraft draft, String addition) throws Failure {
            int equals = addition.indexOf('=');
            if (equals < 0) {
                throw usage("invalid key: " + addition + ", expected ROLE=FILE.pub");
            }
            var role = argument(addition.substring(0, equals), RootDraft::role);
            var key = DocumentFiles.publicKey(Path.of(addition.substring(equals + 1)));
            var _ = argument("", _ -> draft.add(role, key));
        }

        final void remove(RootDraft draft, String removal) {
            int equals = removal.indexOf('=');
            if (equals < 0) {
                throw usage("invalid key: " + removal + ", expected ROLE=KEY");
            }
            var role = argument(removal.substring(0, equals), RootDraft::role);
            var _ = argument(removal.substring(equals + 1), name -> draft.remove(role, name));
        }

        static TrustRoot current(Path file) throws Failure {
            return DocumentFiles.root(Drafts.open(file, DocumentType.ROOT, Payloads::root));
        }

        final void review(TrustRoot before, TrustRoot after) {
            RootReview.lines(before, after).forEach(context().output()::line);
        }
    }

    @Command(
            name = "new",
            description = {
                "Write the first trust root of a fleet from public keys of several people.",
                "Sign it next.",
                "For one person, mvm trust init does all of this."
            })
    static final class New extends Draft {
        @Parameters(paramLabel = "FILE", description = "New file for the trust root.")
        private Path file = Path.of("");

        @Option(
                names = "--add",
                required = true,
                paramLabel = "ROLE=FILE.PUB",
                description = {
                    "Give a key a role: root, grant, state, node or keys; repeatable. The first three need a key.",
                    "Without a key for role node, the keys of role grant have it.",
                    "Role keys is for the key service; without it no node takes a tenant key."
                })
        private List<String> additions = List.of();

        @Override
        int run() throws Failure {
            var draft = RootDraft.first();
            for (var addition : additions) {
                add(draft, addition);
            }
            var root = finish(draft, file);
            for (var entry : new EnumMap<>(root.roles()).entrySet()) {
                var keys = entry.getValue();
                context()
                        .output()
                        .line("  " + entry.getKey().word() + ": " + keys.threshold() + " of "
                                + keys.keys().size());
            }
            RootReview.sharedKeys(root).forEach(context().output()::line);
            return 0;
        }
    }

    @Command(
            name = "add",
            description = {"Write the next trust root with one more key.", "Sign and publish it next."})
    static final class Add extends Draft {
        @Parameters(index = "0", paramLabel = "ROOT.DSSE", description = "The root in force.")
        private Path current = Path.of("");

        @Parameters(index = "1", paramLabel = "FILE", description = "New file for the next root.")
        private Path file = Path.of("");

        @Parameters(index = "2", paramLabel = "ROLE=FILE.PUB", description = "The key and its role.")
        private String addition = "";

        @Override
        int run() throws Failure {
            var before = current(current);
            var draft = RootDraft.after(before);
            add(draft, addition);
            review(before, finish(draft, file));
            return 0;
        }
    }

    @Command(
            name = "rotate",
            description = {
                "Write the next trust root with changed keys, thresholds or expiry.",
                "Have it signed by the thresholds of the root in force and by its own, then publish it."
            })
    static final class Rotate extends Draft {
        @Parameters(index = "0", paramLabel = "ROOT.DSSE", description = "The root in force.")
        private Path current = Path.of("");

        @Parameters(index = "1", paramLabel = "FILE", description = "New file for the next root.")
        private Path file = Path.of("");

        @Option(names = "--add", paramLabel = "ROLE=FILE.PUB", description = "Give a key a role; repeatable.")
        private List<String> additions = List.of();

        @Option(
                names = "--remove",
                paramLabel = "ROLE=KEY",
                description = "Take a role from the key whose id begins with these digits; repeatable.")
        private List<String> removals = List.of();

        @Option(
                names = "--compromised",
                paramLabel = "KEY",
                description = {
                    "Take all roles from the key whose id begins with these digits, because somebody else may have used"
                            + " it; repeatable.",
                    "Nodes forget the counters that it has set. Those of a key that is only removed stay."
                })
        private List<String> compromised = List.of();

        @Override
        int run() throws Failure {
            var before = current(current);
            var draft = RootDraft.after(before);
            for (var removal : removals) {
                remove(draft, removal);
            }
            for (var key : compromised) {
                var _ = argument(key, draft::compromise);
            }
            for (var addition : additions) {
                add(draft, addition);
            }
            review(before, finish(draft, file));
            return 0;
        }
    }
}
