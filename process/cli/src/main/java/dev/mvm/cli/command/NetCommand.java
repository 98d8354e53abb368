package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.terminal.Table;
import dev.mvm.json.Json;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The noun `net`: tenants' networks on nodes.
@Command(name = "net", description = "Check tenants' networks on nodes.", subcommands = NetCommand.Verify.class)
final class NetCommand {
    private NetCommand() {}

    @Command(
            name = "verify",
            description = {
                "Compare a node's bridges, ports, addresses and filter rules with its signed state.",
                "Prints one line per check. Exit status 1 if one fails."
            })
    static final class Verify extends Verb {
        @Parameters(arity = "0..1", paramLabel = "NODE", description = "The node; optional if the fleet has only one.")
        private Optional<String> name = Optional.empty();

        @Option(
                names = "--deep",
                description =
                        "Also send test frames. For a moment the node has ports of its own on each tenant's bridge,"
                                + " with unused addresses.")
        private boolean deep;

        @Mixin
        private Format format = new Format();

        @Override
        int run() throws Failure {
            var body = Json.object().put("deep", deep).end();
            var path = "/v1/nodes/" + NodeCommand.one(this, name) + ":verifyNetworks";
            var findings = ResponseFields.objects(context().coordinator().post(path, body), "findings");
            if (format.json) {
                context().output().json(findings);
            } else {
                var table = new Table("", "CHECK", "FOUND");
                for (var finding : findings) {
                    var verdict = ResponseFields.flag(finding, "holds") ? "ok" : "wrong";
                    table.row(verdict, ResponseFields.text(finding, "name"), ResponseFields.text(finding, "found"));
                }
                context().output().table(table);
            }
            return findings.stream().allMatch(finding -> ResponseFields.flag(finding, "holds")) ? 0 : 1;
        }
    }
}
