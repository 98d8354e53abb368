package dev.mvm.cli.command;

import dev.mvm.cli.api.CoordinatorClient;
import dev.mvm.cli.failure.Failure;
import dev.mvm.json.Json;
import dev.mvm.model.TenantId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The noun `events`: the events of the fleet.
@Command(
        name = "events",
        description = {
            "Print the events of the fleet since the coordinator started, oldest first.",
            "With --json, one object per line."
        })
final class EventsCommand extends Verb {
    private static final int WAIT_SECONDS = 20;
    private static final int PART = 1000;

    @Option(names = "--follow", description = "Keep printing new events until interrupted.")
    private boolean follow;

    @Option(names = "--tenant", paramLabel = "TENANT", description = "Print only events of this tenant's instances.")
    private Optional<String> tenant = Optional.empty();

    @Mixin
    private Format format = new Format();

    @Override
    int run() throws Failure {
        var only =
                tenant.map(text -> "&tenant=" + argument(text, TenantId::new)).orElse("");
        var coordinator = context().coordinator();
        long after = 0;
        boolean caughtUp = false;
        while (!caughtUp || follow) {
            var answer = ask(coordinator, after, caughtUp ? WAIT_SECONDS : 0, only);
            var events = ResponseFields.objects(answer, "events");
            print(answer, events);
            after = ResponseFields.number(answer, "last");
            caughtUp = events.size() < PART;
        }
        return 0;
    }

    private static Json.Obj ask(CoordinatorClient coordinator, long after, int wait, String only) throws Failure {
        return coordinator.get("/v1/events?after=" + after + "&limit=" + PART + "&wait_seconds=" + wait + only);
    }

    private void print(Json.Obj answer, List<Json.Obj> events) {
        if (ResponseFields.flag(answer, "gap") && !format.json) {
            context().output().line("(earlier events are no longer available)");
        }
        for (var event : events) {
            if (format.json) {
                context().output().line(new String(event.bytes(), StandardCharsets.UTF_8));
            } else {
                context()
                        .output()
                        .line("%s  %s  %-20s  %s"
                                .formatted(
                                        ResponseFields.text(event, "time"),
                                        ResponseFields.text(event, "node"),
                                        ResponseFields.text(event, "event"),
                                        (ResponseFields.text(event, "subject") + "  "
                                                        + ResponseFields.text(event, "detail"))
                                                .strip())
                                .stripTrailing());
            }
        }
    }
}
