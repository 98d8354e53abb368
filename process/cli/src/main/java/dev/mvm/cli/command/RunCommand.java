package dev.mvm.cli.command;

import dev.mvm.cli.api.CoordinatorClient;
import dev.mvm.cli.failure.Failure;
import dev.mvm.image.ImageException;
import dev.mvm.image.source.Reference;
import dev.mvm.image.store.ImageName;
import dev.mvm.model.Digest;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.Grant;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Runs an image in a microVM of its own.
@Command(
        name = "run",
        description = {
            "Run an image in a microVM of its own, and show what it prints until it ends.",
            "Imports the image, makes the pool run-NAME of it with one instance, and follows that instance,",
            "which is not started again after its program's end.",
            "In dev mode the key for grants is at hand: it signs, and says so. Elsewhere it writes the documents",
            "and prints the next commands.",
            "SOURCE is as in mvm image import. Ctrl-C ends the command alone, and with --rm the microVM, too.",
            "Standard output and error are the program's; what mvm says is on standard error.",
            "Exit status: the program's; 125 if it has not said how it ended."
        })
final class RunCommand extends Verb {
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

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "Name of pool and image after run-; by default what the source calls the image. If there is"
                    + " such a pool, a number follows.")
    private Optional<String> name = Optional.empty();

    @Option(
            names = {"-d", "--detach"},
            description = "Return when the instance runs, and print its address.")
    private boolean detach;

    @Option(
            names = "--rm",
            description = "Destroy pool and image after the program's end, and at Ctrl-C. In dev mode alone.")
    private boolean remove;

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
        if (remove && detach) {
            throw usage("--rm does not go with --detach: it waits for the program's end");
        }
        var tenant = argument(tenantText, TenantId::new);
        var called = name.isPresent() ? name.get() : RunName.of(reference());
        var _ = argument("run-" + called, PoolId::new);
        var _ = argument("", _ -> wanted(new PoolId("run"), Digest.of(new byte[0])));
        var fleet = FleetAtHand.of(context().settings());
        if (remove && fleet.isEmpty()) {
            throw usage("--rm needs the key for grants at hand, as in dev mode; elsewhere see mvm pool destroy");
        }
        var grant = TenantGrant.fetch(context().coordinator(), tenant);
        if (fleet.isPresent()) {
            var _ = fleet.get().keyFor(grant);
        }
        var free = argument(called, text -> RunName.free(text, grant.document().grant()));
        var pool = new PoolAddress(tenant, free);
        var plan = plan(pool);
        if (fleet.isEmpty()) {
            new PoolAdditionSteps(
                            context().coordinator(),
                            pool,
                            plan,
                            line -> context().output().line(line))
                    .write(out, 1);
            return 0;
        }
        if (remove) {
            removeAtEnd(fleet.get(), pool);
        }
        new PoolAdditionSteps(context().coordinator(), pool, plan, System.err::println).carryOut(fleet.get(), 1);
        return ran(pool);
    }

    private Reference reference() throws Failure {
        try {
            return Reference.parse(source);
        } catch (ImageException e) {
            throw ImageCommand.failure(e);
        }
    }

    private Grant.Pool wanted(PoolId pool, Digest revision) {
        return shape.pool(pool, revision, 1, PoolFlag.NO_RESTART, PoolFlag.LOGS);
    }

    private PoolAdditionSteps.Plan plan(PoolAddress pool) throws Failure, IOException {
        var image = new ImageName(pool.pool().value());
        var record = options.carryOut(this, source, image, true, arguments);
        System.err.println(
                "image " + image.value() + "  sha256:" + record.image().sha256().hex() + "  "
                        + ImageCommand.size(record.image().bytes()) + "  "
                        + record.source().reference());
        var revision = ImageRevision.of(image, context().settings());
        return PoolAdditionSteps.Plan.of(
                this,
                pool.tenant(),
                revision,
                wanted(pool.pool(), revision.document().digest()),
                DAYS);
    }

    private int ran(PoolAddress pool) throws Failure {
        var run = new RunInstance(context().coordinator());
        var instance = run.started(pool);
        if (detach) {
            context().output().line(instance.toString());
            return 0;
        }
        System.err.println(instance + "  runs");
        return run.attend(instance);
    }

    /// The JVM ends in the same way after the program and at Ctrl-C. The command's own client is closed then.
    private void removeAtEnd(FleetAtHand fleet, PoolAddress pool) throws Failure {
        var settings = context().settings();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try (var coordinator = new CoordinatorClient(settings)) {
                var removal = new PoolRemovalSteps(coordinator, pool, DAYS, System.err::println);
                if (removal.isGranted()) {
                    removal.carryOut(fleet);
                }
                ImageCommand.store().remove(new ImageName(pool.pool().value()));
            } catch (Failure | IOException | ImageException e) {
                System.err.println("mvm: " + pool + " is not removed: " + e.getMessage() + "; mvm pool destroy " + pool
                        + ", mvm image rm " + pool.pool());
            }
        }));
    }
}
