package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.Anchor;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.FileVerification;
import dev.mvm.cli.transparency.CoordinatorLog;
import dev.mvm.cli.transparency.SavedLog;
import dev.mvm.cli.transparency.SavedPaths;
import dev.mvm.cli.transparency.SeenHead;
import dev.mvm.cli.transparency.Witness;
import dev.mvm.json.Json;
import dev.mvm.protocol.trust.DocumentReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The noun `witness`: keeps the newest head of the log and compares it with heads that others have seen.
@Command(
        name = "witness",
        description = {
            "Compare heads of the log of states.",
            "The heads are compared with each other and with the newest head, which DIR keeps.",
            "Without FILE, compares the coordinator's head and the heads that its nodes report.",
            "Exit status 1 if two heads belong to different logs; DIR/evidence-SIZE-SIZE.json then holds both."
        })
final class WitnessCommand extends Verb {
    private static final String HEAD = "head.dsse";

    @Parameters(
            index = "0",
            paramLabel = "DIR",
            description = "Directory that keeps the newest head; created if absent.")
    private Path dir = Path.of("");

    @Parameters(
            index = "1..*",
            paramLabel = "FILE",
            description = "Signed head, a node's proof.json, or output of mvm node info --json.")
    private List<Path> files = List.of();

    @Option(
            names = "--log",
            paramLabel = "DIR",
            description = "Prove consistency with a log that mvm audit states saved, not with the coordinator.")
    private Optional<Path> log = Optional.empty();

    @Mixin
    private AnchorOptions anchor = new AnchorOptions();

    @Mixin
    private Format format = new Format();

    @Override
    int run() throws Failure, IOException {
        var trusted = anchor.read(this);
        Files.createDirectories(dir);
        var seen = new ArrayList<SeenHead>();
        var file = dir.resolve(HEAD);
        if (Files.exists(file)) {
            seen.add(SeenHead.signed(file.toString(), DocumentFiles.read(file), trusted));
        }
        for (var each : files) {
            seen.addAll(SeenHead.read(each.toString(), DocumentFiles.read(each), trusted));
        }
        if (files.isEmpty()) {
            var head = CoordinatorLog.open(context().coordinator()).head();
            if (head.isPresent()) {
                var shown = SeenHead.signed("the coordinator", head.get(), trusted);
                for (var before : List.copyOf(seen)) {
                    if (before.size() > shown.size()) {
                        return found(new Witness.Finding(DocumentReason.LOG_ROLLBACK, shown, before, List.of()));
                    }
                }
                seen.add(shown);
            }
            for (var node : ResponseFields.objects(context().coordinator().get("/v1/nodes"), "nodes")) {
                SeenHead.reported("the coordinator", node).ifPresent(seen::add);
            }
        }
        var finding = Witness.compare(seen, paths());
        if (finding.isPresent()) {
            return found(finding.get());
        }
        return agreed(seen, trusted);
    }

    private Witness.Paths paths() throws Failure {
        return log.isPresent()
                ? new SavedPaths(SavedLog.read(log.get()))
                : (from, to) -> CoordinatorLog.consistency(context().coordinator(), from, to);
    }

    private int found(Witness.Finding finding) throws Failure {
        var evidence = dir.resolve(
                "evidence-" + finding.older().size() + "-" + finding.newer().size() + ".json");
        DocumentFiles.replace(evidence, finding.json().bytes(), FileVerification.json());
        if (!format.json) {
            throw new Failure(finding.message() + "; evidence in " + evidence);
        }
        context().output().json(finding.json());
        return 1;
    }

    /// Keeps the newest signed head and reports agreement.
    private int agreed(List<SeenHead> seen, Anchor trusted) throws Failure {
        var newest =
                seen.stream().filter(head -> head.envelope().isPresent()).max(Comparator.comparingLong(SeenHead::size));
        if (newest.isPresent()) {
            DocumentFiles.replace(
                    dir.resolve(HEAD), newest.get().envelope().orElseThrow().array(), content -> {
                        var _ = SeenHead.signed("the written file", content, trusted);
                    });
        }
        long size = newest.map(SeenHead::size).orElse(0L);
        if (format.json) {
            context()
                    .output()
                    .json(Json.object()
                            .put("ok", true)
                            .put("heads", seen.size())
                            .put("size", size)
                            .put(
                                    "root_hash",
                                    newest.map(head -> head.root().value()).orElse(""))
                            .end());
        } else {
            context()
                    .output()
                    .line("ok: " + seen.size() + " heads of one log"
                            + newest.map(head -> ", " + size + " states, root " + head.root())
                                    .orElse(""));
        }
        return 0;
    }
}
