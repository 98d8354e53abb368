package dev.mvm.cli.command;

import dev.mvm.cli.Failure;
import dev.mvm.cli.terminal.Output;
import dev.mvm.cli.terminal.Table;
import dev.mvm.json.Json;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// What the agent of a node wants, plans and does.
@Command(
        name = "agent",
        description = "What the agent of a node wants, plans and does.",
        mixinStandardHelpOptions = true,
        subcommands = {
            AgentCommand.Desired.class,
            AgentCommand.Plan.class,
            AgentCommand.Reconcile.class,
            AgentCommand.Serve.class
        })
final class AgentCommand {
    private AgentCommand() {}

    /// A question to one agent.
    abstract static class Asking extends Verb {
        @Parameters(arity = "0..1", paramLabel = "NODE", description = "Without it, the only node's.")
        private Optional<String> name = Optional.empty();

        @Mixin
        private Format format = new Format();

        abstract String question();

        /// Shows the answer to a person.
        ///
        /// @return the exit status
        abstract int show(Json.Obj answer) throws Failure;

        @Override
        int run() throws Failure {
            var path = "/v1/nodes/" + NodeCommand.one(this, name) + ":askAgent";
            var body = Json.object().put("question", question()).end();
            var answer = context().coordinator().post(path, body);
            if (format.json) {
                context().output().json(answer);
            }
            return format.json ? status(answer) : show(answer);
        }

        int status(Json.Obj answer) throws Failure {
            return 0;
        }
    }

    @Command(
            name = "desired",
            description = {
                "Shows what a node's agent wants: the pools of the state that it has verified.",
                "What the coordinator wants is in 'mvm pool list'; they differ until the node has the newest state."
            },
            mixinStandardHelpOptions = true)
    static final class Desired extends Asking {
        @Override
        String question() {
            return "DESIRED";
        }

        @Override
        int show(Json.Obj answer) throws Failure {
            context()
                    .output()
                    .line("state " + ResponseFields.number(answer, "sequence") + ", good until "
                            + ResponseFields.text(answer, "expires"));
            var table = new Table("POOL", "WANTED", "FLAGS", "REVISION");
            for (var pool : ResponseFields.objects(answer, "pools")) {
                var frozen = ResponseFields.flag(pool, "frozen") ? " (frozen)" : "";
                table.row(
                        ResponseFields.text(pool, "pool"),
                        PoolCommand.counts(ResponseFields.object(pool, "desired")) + frozen,
                        String.join(",", ResponseFields.texts(pool, "flags")),
                        ResponseFields.text(pool, "revision"));
            }
            context().output().table(table);
            return 0;
        }
    }

    @Command(
            name = "plan",
            description = {
                "Shows what a node's agent would do now, and does nothing. Steps of one wave are in no order.",
                "+ brings an instance up, - puts it away, ! is wanted and cannot be."
            },
            mixinStandardHelpOptions = true)
    static final class Plan extends Asking {
        @Override
        String question() {
            return "PLAN";
        }

        @Override
        int show(Json.Obj answer) throws Failure {
            print(context().output(), answer);
            return 0;
        }

        static void print(Output output, Json.Obj answer) throws Failure {
            var steps = ResponseFields.objects(answer, "steps");
            var table = new Table("", "WAVE", "INSTANCE", "STEP", "WHY");
            for (var step : steps) {
                var operation = ResponseFields.text(step, "operation");
                table.row(
                        sign(operation),
                        Long.toString(ResponseFields.number(step, "wave")),
                        ResponseFields.text(step, "instance"),
                        operation,
                        ResponseFields.text(step, "why"));
            }
            if (steps.isEmpty()) {
                output.line("nothing to do");
            } else {
                output.table(table);
            }
            long more = ResponseFields.number(answer, "steps_planned") - steps.size();
            if (more > 0) {
                output.line("and " + more + " more steps");
            }
            for (var shortfall : ResponseFields.objects(answer, "shortfalls")) {
                output.line("! " + ResponseFields.text(shortfall, "pool") + ": "
                        + ResponseFields.number(shortfall, "instances") + " more cannot be: "
                        + ResponseFields.text(shortfall, "lack"));
            }
        }

        private static String sign(String operation) {
            return switch (operation) {
                case "pause", "sleep", "stop", "destroy" -> "-";
                default -> "+";
            };
        }
    }

    @Command(
            name = "reconcile",
            description = {
                "Has a node's agent do now what it would do within half a minute, and shows what comes of it.",
                "Status 1 if something is in the way of a pool."
            },
            mixinStandardHelpOptions = true)
    static final class Reconcile extends Asking {
        @Option(names = "--dry-run", description = "Shows the plan, as 'mvm agent plan' does, and does nothing.")
        private boolean dry;

        @Override
        String question() {
            return dry ? "PLAN" : "RECONCILE";
        }

        @Override
        int show(Json.Obj answer) throws Failure {
            if (dry) {
                Plan.print(context().output(), answer);
                return 0;
            }
            var table = new Table("POOL", "OUTCOME", "REASON");
            for (var outcome : ResponseFields.objects(answer, "outcomes")) {
                table.row(
                        ResponseFields.text(outcome, "pool"),
                        ResponseFields.text(outcome, "outcome"),
                        ResponseFields.text(outcome, "reason"));
            }
            context().output().table(table);
            return status(answer);
        }

        @Override
        int status(Json.Obj answer) throws Failure {
            if (dry) {
                return 0;
            }
            boolean well = ResponseFields.objects(answer, "outcomes").stream()
                    .allMatch(outcome -> ResponseFields.text(outcome, "reason").isEmpty());
            return well ? 0 : 1;
        }
    }

    @Command(
            name = "serve",
            description = {
                "Says how the agent of this machine is run. It is a service: systemd starts it as a user of its own,"
                        + " without any right, and that is not to be had from a shell."
            },
            mixinStandardHelpOptions = true)
    static final class Serve extends Verb {
        @Override
        int run() {
            context()
                    .output()
                    .facts(
                            "on a node", "systemctl start mvm-agentd",
                            "its log", "journalctl -u mvm-agentd",
                            "in a checkout", "./dev up");
            return 0;
        }
    }
}
