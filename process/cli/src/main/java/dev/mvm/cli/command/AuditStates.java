package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.transparency.CoordinatorLog;
import dev.mvm.cli.transparency.LogFaultException;
import dev.mvm.cli.transparency.LogSource;
import dev.mvm.cli.transparency.LogVerification;
import dev.mvm.cli.transparency.RecordedLog;
import dev.mvm.cli.transparency.SavedLog;
import dev.mvm.json.Json;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Verifies the log of states.
@Command(
        name = "states",
        description = {
            "Verify the whole log of node states.",
            "Checks signatures, each node's chain, grants, versions of keys, and the signed head.",
            "With DIR, verify a saved log without a network. Exit status 1 at the first fault."
        })
final class AuditStates extends Verb {
    @Parameters(arity = "0..1", paramLabel = "DIR", description = "Log that --out has saved.")
    private Optional<Path> dir = Optional.empty();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Save the log in this directory; states saved before are not fetched again.")
    private Optional<Path> out = Optional.empty();

    @Mixin
    private AnchorOptions anchor = new AnchorOptions();

    @Mixin
    private Format format = new Format();

    @Override
    int run() throws Failure {
        if (dir.isPresent() && out.isPresent()) {
            throw usage("give DIR to read a saved log or --out DIR to save one, not both");
        }
        var trusted = anchor.read(this);
        try {
            return report(LogVerification.of(trusted, source()));
        } catch (LogFaultException e) {
            if (!format.json) {
                throw new Failure("invalid log: " + e.getMessage());
            }
            var fault = Json.object().put("ok", false).put("reason", e.reason());
            e.index().ifPresent(index -> fault.put("index", index));
            context()
                    .output()
                    .json(fault.put("detail", String.valueOf(e.getMessage())).end());
            return 1;
        }
    }

    private LogSource source() throws Failure {
        if (dir.isPresent()) {
            return SavedLog.read(dir.get());
        }
        var log = CoordinatorLog.open(context().coordinator());
        return out.isPresent() ? new RecordedLog(log, SavedLog.write(out.get())) : log;
    }

    private int report(Optional<LogVerification.Report> report) {
        if (format.json) {
            context().output().json(json(report));
        } else if (report.isEmpty()) {
            context().output().line("ok: the log is empty");
        } else {
            var it = report.get();
            context()
                    .output()
                    .facts(
                            "ok", "every state is signed, chained and within its grants",
                            "states", Long.toString(it.states()),
                            "nodes", Integer.toString(it.nodes()),
                            "skipped", it.skipped() == 0 ? "" : it.skipped() + " sequence numbers without a state",
                            "root", it.head().rootHash().value(),
                            "signed", it.head().issuedAt().toString());
        }
        return 0;
    }

    private static Json json(Optional<LogVerification.Report> report) {
        var out = Json.object()
                .put("ok", true)
                .put("states", report.map(LogVerification.Report::states).orElse(0L));
        report.ifPresent(it -> out.put("nodes", it.nodes())
                .put("skipped", it.skipped())
                .put("root_hash", it.head().rootHash().value())
                .put("issued_at", it.head().issuedAt().toString()));
        return out.end();
    }
}
