package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.model.PoolAddress;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Takes a pool out of its tenant's grant.
@Command(
        name = "destroy",
        description = {
            "Destroy a pool: its instances, all they have, and its place in the grant.",
            "In dev mode the key for grants is at hand: it signs and publishes the grant, and says so.",
            "Elsewhere it destroys nothing, writes the grant into --out, and prints the next commands."
        })
final class PoolDestroy extends Verb {
    @Parameters(paramLabel = "TENANT/POOL", description = "The pool.")
    private String address = "";

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
            description = "Directory for the grant, where the key is not at hand. Default: this one.")
    private Path out = Path.of("");

    @Override
    int run() throws Failure {
        var pool = argument(address, PoolAddress::parse);
        if (days < 1 || days > 3650) {
            throw usage("days out of range: " + days + ", must be 1 to 3650");
        }
        var removal = new PoolRemovalSteps(
                context().coordinator(), pool, days, line -> context().output().line(line));
        var fleet = FleetAtHand.of(context().settings());
        if (fleet.isPresent()) {
            removal.carryOut(fleet.get());
        } else {
            removal.write(out);
        }
        return 0;
    }
}
