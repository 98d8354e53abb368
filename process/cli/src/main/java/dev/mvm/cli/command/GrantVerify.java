package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.GrantReview;
import dev.mvm.cli.signing.ReleaseReview;
import dev.mvm.model.NodeMode;
import dev.mvm.model.Rates;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// The verb `grant verify`: what a signed grant allows.
@Command(name = "verify", description = "Verify a signed grant against a trust root and show what it allows.")
final class GrantVerify extends Verb {
    @Parameters(paramLabel = "FILE.DSSE", description = "The signed grant.")
    private Path file = Path.of("");

    @Mixin
    private AnchorOptions anchor = new AnchorOptions();

    @Override
    int run() throws Failure {
        var trusted = anchor.read(this);
        try {
            show(trusted.documents().grant(trusted.newest(), DocumentFiles.read(file)));
            return 0;
        } catch (RefusedException e) {
            throw new Failure("verification failed: " + e.getMessage());
        }
    }

    private void show(Verified<GrantDocument> verified) {
        var grant = verified.value().grant();
        var quotas = grant.quotas();
        context()
                .output()
                .facts(
                        "grant", grant.tenant() + ", version " + grant.version() + ", " + verified.digest(),
                        "valid", grant.notBefore() + " to " + grant.expires(),
                        "nodes", grant.mode() == NodeMode.DEV ? "of any mode" : "hardened only",
                        "network",
                                grant.network().net() + ", " + grant.network().subnet(),
                        "quotas",
                                quotas.maxVcpus() + " vCPU, " + quotas.maxMemMib() + " MiB, "
                                        + quotas.maxRunning() + " running, " + quotas.maxWarm() + " warm, "
                                        + quotas.maxDiskGib() + " GiB disk" + GrantReview.asleep(quotas));
        for (var pool : grant.pools()) {
            context()
                    .output()
                    .line("pool     " + pool.pool() + ": " + pool.count().min() + " to "
                            + pool.count().max() + " of at most "
                            + pool.ceiling().vcpus() + " vCPU and "
                            + pool.ceiling().memMib() + " MiB, "
                            + pool.revisions().size() + (pool.revisions().size() == 1 ? " revision" : " revisions")
                            + (pool.flags().isEmpty() ? "" : ", " + flags(pool))
                            + rates(pool.rates()));
        }
        for (var key : grant.keys()) {
            context()
                    .output()
                    .line("key      " + key.id() + ": " + key.purpose().word() + ", from version " + key.minVersion());
        }
        verified.value()
                .release()
                .map(ReleaseReview::summary)
                .ifPresent(summary -> context().output().line("keys to  " + summary));
        ReleaseReview.warning(verified.value()).ifPresent(context().output()::line);
    }

    private static String rates(Rates rates) {
        return rates.equals(Rates.UNLIMITED) ? "" : ", each a second at most " + GrantReview.rates(rates);
    }

    private static String flags(Grant.Pool pool) {
        return String.join(
                ", ", pool.flags().stream().map(flag -> flag.word()).sorted().toList());
    }
}
