package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.Drafts;
import dev.mvm.cli.signing.GrantReview;
import dev.mvm.cli.signing.ReleaseExplanation;
import dev.mvm.cli.terminal.Table;
import dev.mvm.json.Json;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.authoring.GrantRelease;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// The verb `grant explain`: to which nodes a tenant's keys may go, and why.
@Command(
        name = "explain",
        description = {
            "Show to which of these nodes the tenant's keys may go, and why.",
            "By the documents alone, signed or not; signatures are not verified. See mvm node documents --out."
        })
final class GrantExplain extends Verb {
    @Parameters(index = "0", paramLabel = "GRANT", description = "The tenant's grant.")
    private Path grant = Path.of("");

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "NODE", description = "Documents of nodes.")
    private List<Path> nodes = List.of();

    @Mixin
    private Format format = new Format();

    @Override
    int run() throws Failure {
        var document = DocumentFiles.grant(Drafts.open(grant, DocumentType.GRANT, Payloads::grant));
        var release = document.release();
        var now = Instant.now();
        var all = new ArrayList<ReleaseExplanation>();
        for (var file : nodes) {
            var node = DocumentFiles.node(Drafts.open(file, NodeDocument.TYPE, Payloads::node));
            all.add(ReleaseExplanation.of(release, node, now));
        }
        if (format.json) {
            context().output().json(all.stream().map(GrantExplain::json).toList());
            return 0;
        }
        var table = new Table("NODE", "KEYS", "WHY");
        all.forEach(each -> table.row(each.node().value(), each.may() ? "yes" : "no", each.why()));
        context().output().table(table);
        release.map(GrantRelease::maxNodes)
                .filter(most ->
                        most < all.stream().filter(ReleaseExplanation::may).count())
                .ifPresent(most -> context().output().line("! at most " + most + " of them at a time"));
        GrantReview.destroyed(document.grant()).forEach(context().output()::line);
        return 0;
    }

    private static Json json(ReleaseExplanation each) {
        return Json.object()
                .put("node", each.node().value())
                .put("may", each.may())
                .put("why", each.why())
                .end();
    }
}
