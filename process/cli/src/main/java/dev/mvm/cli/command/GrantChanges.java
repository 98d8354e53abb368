package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.Drafts;
import dev.mvm.cli.signing.FileVerification;
import dev.mvm.cli.signing.GrantChange;
import dev.mvm.cli.signing.GrantReview;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Verbs for the next version of a grant.
final class GrantChanges {
    private GrantChanges() {}

    private static GrantDocument grant(Path file) throws Failure {
        return DocumentFiles.grant(Drafts.open(file, DocumentType.GRANT, Payloads::grant));
    }

    @Command(
            name = "edit",
            description = {
                "Write the next version of a grant with some values changed.",
                "It is valid from now on. Sign it next.",
                "For changes other than values, edit the written file, then review it with mvm grant diff.",
                "--set release.nodes=edge-1,edge-2 and release.labels=gpu say which nodes may get the tenant's keys,"
                        + " release.any=1 all of them, release=none no node."
            })
    static final class Edit extends Verb {
        @Parameters(index = "0", paramLabel = "GRANT", description = "Current grant, signed or not.")
        private Path before = Path.of("");

        @Parameters(index = "1", paramLabel = "FILE", description = "New file for the next version.")
        private Path file = Path.of("");

        @Option(
                names = "--set",
                paramLabel = "PATH=VALUE",
                description = "Value to change, such as mode=hardened, quotas.max_vcpus=20, pools.web.count.max=20 or"
                        + " pools.web.revisions.0=sha256:...; repeatable.")
        private Map<String, String> changes = new LinkedHashMap<>();

        @Option(
                names = "--days",
                defaultValue = "90",
                paramLabel = "N",
                description = "Validity in days, 1 to 3650. Default: ${DEFAULT-VALUE}.")
        private int days;

        @Override
        int run() throws Failure {
            var current = grant(before);
            var change = argument("", _ -> GrantChange.of(current, days));
            for (var each : changes.entrySet()) {
                var _ = argument(each.getKey(), path -> {
                    change.set(path, each.getValue());
                    return path;
                });
            }
            var next = argument("", _ -> change.grant());
            DocumentFiles.write(file, Payloads.of(next), FileVerification.draft(DocumentType.GRANT, Payloads::grant));
            GrantReview.lines(current, next).forEach(context().output()::line);
            context().output().line(file + "  not signed yet");
            return 0;
        }
    }

    @Command(
            name = "diff",
            description = {
                "Show what a new grant changes, for its signers.",
                "+ allows more, - allows less, ! needs attention."
            })
    static final class Diff extends Verb {
        @Parameters(index = "0", paramLabel = "BEFORE", description = "Current grant, signed or not.")
        private Path before = Path.of("");

        @Parameters(index = "1", paramLabel = "AFTER", description = "New grant, signed or not.")
        private Path after = Path.of("");

        @Override
        int run() throws Failure {
            GrantReview.lines(grant(before), grant(after)).forEach(context().output()::line);
            return 0;
        }
    }
}
