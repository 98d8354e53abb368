package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.terminal.Output;
import dev.mvm.cli.terminal.Table;
import dev.mvm.json.Json;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The noun `agent`: desired state, plan, reconciliation and certificate of a node agent.
@Command(
        name = "agent",
        description = "Inspect a node agent: desired state, plan, reconcile, certificates.",
        subcommands = {
            AgentCommand.Desired.class,
            AgentCommand.Plan.class,
            AgentCommand.Reconcile.class,
            AgentCommand.Serve.class,
            AgentCertificates.class
        })
final class AgentCommand {
    private AgentCommand() {}

    /// A verb that queries one agent.
    abstract static class Asking extends Verb {
        @Parameters(arity = "0..1", paramLabel = "NODE", description = "The node; optional if the fleet has only one.")
        private Optional<String> name = Optional.empty();

        @Mixin
        private Format format = new Format();

        abstract String question();

        /// Prints the answer for a person.
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
                "Show a node's desired state.",
                "Lists the pools of the newest state that the node's agent has verified. It may be older than the",
                "coordinator's, which mvm pool list shows."
            })
    static final class Desired extends Asking {
        @Override
        String question() {
            return "DESIRED";
        }

        @Override
        int show(Json.Obj answer) throws Failure {
            context()
                    .output()
                    .line("state " + ResponseFields.number(answer, "sequence") + ", valid until "
                            + ResponseFields.text(answer, "expires"));
            var table = new Table("POOL", "DESIRED", "FLAGS", "REVISION");
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
                "Show the steps that a node's agent would take now, without taking them.",
                "Steps of one wave have no order.",
                "+ starts or resumes an instance, - stops or pauses one, ! is not possible."
            })
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
            var table = new Table("", "WAVE", "INSTANCE", "STEP", "REASON");
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
                        + instances(ResponseFields.number(shortfall, "instances")) + " not scheduled: "
                        + explained(ResponseFields.text(shortfall, "lack")));
            }
        }

        private static String instances(long number) {
            return number == 1 ? "1 instance" : number + " instances";
        }

        private static String explained(String lack) {
            return switch (lack) {
                case "frozen" -> "signed state or grant expired (frozen)";
                case "count" -> "limit of the pool (count)";
                case "no_slot" -> "no free address in the tenant's network (no_slot)";
                case "node_full" -> "no free place on the node (node_full)";
                default -> lack.startsWith("max_") ? "tenant quota " + lack : lack;
            };
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
                "Make a node's agent reconcile now rather than within half a minute.",
                "Prints the outcome per pool. Exit status 1 if a pool is blocked."
            })
    static final class Reconcile extends Asking {
        @Option(names = "--dry-run", description = "Only show the plan, as mvm agent plan does.")
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
                "Show how to start the node agent.",
                "The agent is a service: systemd starts it as an unprivileged user."
            })
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
