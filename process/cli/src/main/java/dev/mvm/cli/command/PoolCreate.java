package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.RevisionFiles;
import dev.mvm.image.store.ImageName;
import dev.mvm.model.Digest;
import dev.mvm.model.PoolAddress;
import dev.mvm.protocol.trust.authoring.RevisionDocument;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Makes a pool: its revision, and the next version of the tenant's grant.
@Command(
        name = "create",
        description = {
            "Make a pool that boots an image: write its revision and the tenant's next grant.",
            "In dev mode the key for grants is at hand: it signs, publishes and starts instances, and says so.",
            "Elsewhere it writes both documents into --out, and prints the next commands."
        })
final class PoolCreate extends Verb {
    @Parameters(paramLabel = "TENANT/POOL", description = "The new pool. The tenant has a grant already.")
    private String address = "";

    @ArgGroup(multiplicity = "1")
    private Boots boots = new Boots();

    static final class Boots {
        @Option(
                names = "--image",
                required = true,
                paramLabel = "NAME",
                description = "Image of mvm image list. Kernel and initramfs are those of the settings.")
        private Optional<String> image = Optional.empty();

        @Option(
                names = "--revision",
                required = true,
                paramLabel = "FILE",
                description = "Revision, as mvm revision make has written it.")
        private Optional<Path> revision = Optional.empty();
    }

    @Mixin
    private PoolShape shape = new PoolShape();

    @Option(
            names = "--running",
            defaultValue = "1",
            paramLabel = "N",
            description = "Instances that should run, 0 to 100. Default: ${DEFAULT-VALUE}.")
    private int running;

    @Option(
            names = "--days",
            defaultValue = "90",
            paramLabel = "N",
            description = "Validity of the grant in days, 1 to 3650, unless it is valid for longer now. Default:"
                    + " ${DEFAULT-VALUE}.")
    private int days;

    @Option(
            names = "--out",
            defaultValue = ".",
            paramLabel = "DIR",
            description = "Directory for the documents, where the key is not at hand. Default: this one.")
    private Path out = Path.of("");

    @Override
    int run() throws Failure, IOException {
        var target = argument(address, PoolAddress::parse);
        if (running < 0 || running > 100) {
            throw usage("count out of range: " + running + ", must be 0 to 100");
        }
        var _ = argument("", _ -> shape.pool(target.pool(), Digest.of(new byte[0])));
        var revision = revision();
        var pool = shape.pool(target.pool(), revision.document().digest());
        var plan = PoolAdditionSteps.Plan.of(this, target.tenant(), revision, pool, days);
        var fleet = FleetAtHand.of(context().settings());
        var addition = new PoolAdditionSteps(
                context().coordinator(),
                target,
                plan,
                line -> context().output().line(line));
        if (fleet.isPresent()) {
            addition.carryOut(fleet.get(), running);
        } else {
            addition.write(out, running);
        }
        return 0;
    }

    private ImageRevision revision() throws Failure, IOException {
        if (boots.revision.isPresent()) {
            RevisionDocument document = RevisionFiles.read(boots.revision.get());
            return ImageRevision.of(document);
        }
        return ImageRevision.of(
                argument(boots.image.orElseThrow(), ImageName::new), context().settings());
    }
}
