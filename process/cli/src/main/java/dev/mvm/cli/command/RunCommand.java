package dev.mvm.cli.command;

import dev.mvm.cli.api.ExecSession;
import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.terminal.ConsoleText;
import dev.mvm.image.store.ImageName;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.control.v1.ExecInput;
import dev.mvm.protocol.control.v1.LogsStart;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Runs an image in a microVM of its own.
@Command(
        name = "run",
        description = {
            "Run an image in a microVM of its own, and show what it prints until it ends.",
            "Makes the pool run-NAME with one instance, which is not started again after its end.",
            "In dev mode the key for grants is at hand: it signs, and says so. Elsewhere it writes the documents",
            "and prints the next commands.",
            "SOURCE is as in mvm image import. Ctrl-C ends the command alone.",
            "Exit status: the program's; 125 if it has not said how it ended."
        })
final class RunCommand extends Verb {
    private static final Duration LONGEST = Duration.ofMinutes(2);
    private static final long LOOK_MILLIS = 200;
    private static final int DAYS = 90;

    @Parameters(paramLabel = "SOURCE", index = "0", description = "The image's source.")
    private String source = "";

    @Parameters(
            paramLabel = "ARGUMENT",
            index = "1..*",
            arity = "0..*",
            description = "After --: arguments in place of the image's command.")
    private List<String> arguments = new ArrayList<>();

    @Option(names = "--tenant", required = true, paramLabel = "TENANT", description = "Tenant of the microVM.")
    private String tenantText = "";

    @Option(names = "--name", required = true, paramLabel = "NAME", description = "The pool is run-NAME.")
    private String name = "";

    @Option(
            names = {"-d", "--detach"},
            description = "Return when the instance runs, and print its address.")
    private boolean detach;

    @Option(
            names = "--out",
            defaultValue = ".",
            paramLabel = "DIR",
            description = "Directory for the documents, where the key is not at hand. Default: this one.")
    private Path out = Path.of("");

    @Mixin
    private ImportOptions options = new ImportOptions();

    @Mixin
    private InstanceShape shape = new InstanceShape();

    @Override
    int run() throws Failure, IOException {
        var tenant = argument(tenantText, TenantId::new);
        var pool = new PoolAddress(tenant, argument("run-" + name, PoolId::new));
        var image = argument("run-" + name, ImageName::new);
        options.carryOut(this, source, image, true, arguments);
        var revision = ImageRevision.of(image, context().settings());
        var wanted =
                argument("", _ -> shape.pool(pool.pool(), revision.document().digest(), 1, PoolFlag.NO_RESTART));
        var plan = PoolAdditionSteps.Plan.of(this, tenant, revision, wanted, DAYS);
        var steps = new PoolAdditionSteps(context().coordinator(), pool, plan, System.err::println);
        var fleet = FleetAtHand.of(context().settings());
        if (fleet.isEmpty()) {
            steps.write(out, 1);
            return 0;
        }
        steps.carryOut(fleet.get(), 1);
        var instance = started(pool);
        if (detach) {
            context().output().line(instance.toString());
            return 0;
        }
        System.err.println(instance);
        return attend(instance);
    }

    /// Waits until the pool's instance runs, or has ended.
    private InstanceAddress started(PoolAddress pool) throws Failure {
        long end = System.nanoTime() + LONGEST.toNanos();
        var reason = "no node has room for it";
        while (System.nanoTime() < end) {
            var path = "/v1/instances?tenant=" + pool.tenant() + "&pool=" + pool.pool();
            for (var each : ResponseFields.objects(context().coordinator().get(path), "instances")) {
                var state = ResponseFields.text(each, "state");
                if (state.equals("Running") || state.equals("Stopped")) {
                    return InstanceAddress.parse(ResponseFields.text(each, "address"));
                }
                reason = ResponseFields.text(each, "reason");
            }
            pause();
        }
        throw new Failure(pool + " does not run after " + LONGEST.toSeconds() + " s: " + reason
                + "; it stays wanted: mvm instance list " + pool);
    }

    private static void pause() throws Failure {
        try {
            Thread.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("interrupted");
        }
    }

    private int attend(InstanceAddress address) throws Failure {
        var ended = new AtomicReference<Optional<RunEnd>>(Optional.empty());
        var text = new ConsoleText(
                System.out, System.err, line -> RunEnd.of(line.strip()).ifPresent(end -> ended.set(Optional.of(end))));
        var logs = LogsStart.newBuilder()
                .setTenant(address.tenant().value())
                .setPool(address.pool().value())
                .setInstance(address.instance().value())
                .setFollow(true);
        var first = ExecInput.newBuilder().setLogs(logs).build();
        try {
            int status = ExecCommand.attend(
                    ExecSession.start(context().coordinator(), address, "logs", first, text, System.err), false);
            if (status != 0) {
                return status;
            }
        } finally {
            text.end();
            text.flush();
        }
        var end = ended.get().orElse(new RunEnd("unknown", RunEnd.UNKNOWN));
        if (!end.reason().equals("exited")) {
            System.err.println("mvm: " + address + " has ended: " + end.reason());
        }
        return end.status();
    }
}
