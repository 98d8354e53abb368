package dev.mvm.cli.command;

import dev.mvm.cli.Failure;
import dev.mvm.cli.audit.AuditVerification;
import dev.mvm.json.Json;
import dev.mvm.model.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Computes the chain of audit files again.
@Command(
        name = "verify",
        description = {
            "Computes the chain of a daemon's audit files again; needs no network.",
            "Status 1 if a record was altered, removed, added or moved."
        },
        mixinStandardHelpOptions = true)
final class AuditVerify extends Verb {
    @Parameters(
            arity = "1..*",
            paramLabel = "FILE",
            description = "Audit files of one daemon, in the order of their names.")
    private List<Path> files = List.of();

    @Option(
            names = "--head",
            paramLabel = "DIGEST",
            description = "What an earlier run gave as head: the chain must contain it.")
    private Optional<String> head = Optional.empty();

    @Mixin
    private Format format = new Format();

    @Override
    int run() throws Failure, IOException {
        for (var file : files) {
            if (!Files.isRegularFile(file)) {
                throw new Failure("no such file: " + file);
            }
        }
        var known = head.map(text -> argument(text, Digest::new));
        return switch (AuditVerification.of(files, known)) {
            case AuditVerification.Intact intact -> intact(intact);
            case AuditVerification.Broken broken -> broken(broken);
        };
    }

    private int intact(AuditVerification.Intact intact) {
        if (format.json) {
            context()
                    .output()
                    .json(Json.object()
                            .put("intact", true)
                            .put("daemon", intact.daemon())
                            .put("records", intact.records())
                            .put("first", intact.first())
                            .put("last", intact.last())
                            .put("head", intact.head().value())
                            .end());
        } else {
            context()
                    .output()
                    .line("%s: %d records, %d to %d, ok, head %s"
                            .formatted(
                                    intact.daemon(), intact.records(), intact.first(), intact.last(), intact.head()));
        }
        return 0;
    }

    private int broken(AuditVerification.Broken broken) throws Failure {
        if (!format.json) {
            throw new Failure(broken.file() + (broken.line() == 0 ? "" : ":" + broken.line()) + ": " + broken.what());
        }
        context()
                .output()
                .json(Json.object()
                        .put("intact", false)
                        .put("file", broken.file().toString())
                        .put("line", broken.line())
                        .put("what", broken.what())
                        .end());
        return 1;
    }
}
