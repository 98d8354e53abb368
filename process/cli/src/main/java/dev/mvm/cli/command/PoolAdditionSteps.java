package dev.mvm.cli.command;

import dev.mvm.cli.api.CoordinatorClient;
import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.FileVerification;
import dev.mvm.cli.signing.GrantPools;
import dev.mvm.cli.signing.GrantReview;
import dev.mvm.cli.signing.RevisionFiles;
import dev.mvm.json.Json;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.nio.file.Path;
import java.util.function.Consumer;

/// Steps from a new pool's documents to its instances: carried out where the key is at hand, told elsewhere.
final class PoolAdditionSteps {
    private final CoordinatorClient coordinator;
    private final PoolAddress pool;
    private final Plan plan;
    private final Consumer<String> lines;

    /// Documents of a new pool.
    ///
    /// @param revision what its instances boot
    /// @param before the tenant's grant in force
    /// @param after its next version, not signed
    record Plan(ImageRevision revision, TenantGrant before, GrantDocument after) {
        /// Makes the next version of the tenant's grant in force.
        ///
        /// @param verb makes errors of usage
        /// @param days validity of the grant
        /// @throws Failure if the tenant has no grant, or one with such a pool
        static Plan of(Verb verb, TenantId tenant, ImageRevision revision, Grant.Pool pool, int days) throws Failure {
            var before = TenantGrant.fetch(verb.context().coordinator(), tenant);
            var grant = before.document().grant();
            if (grant.pool(pool.pool()).isPresent()) {
                throw new Failure("the grant of " + tenant + " has a pool " + pool.pool()
                        + " already; mvm grant edit changes it");
            }
            boolean volume = pool.ceiling().diskGib() > 0;
            if (volume && !revision.hasVolume()) {
                throw new Failure("the image does not say where a volume is mounted; import it with --volume DIR");
            }
            if (volume && grant.keys().stream().noneMatch(key -> key.purpose() == KeyPurpose.VOLUME)) {
                throw new Failure("the grant of " + tenant
                        + " has no key with the purpose volume, which --disk needs; mvm tenant-key create adds one");
            }
            var runtime = revision.document().revision().runtime();
            return new Plan(
                    revision, before, verb.argument("", _ -> GrantPools.with(before.document(), pool, runtime, days)));
        }
    }

    /// @param lines takes what is said
    PoolAdditionSteps(CoordinatorClient coordinator, PoolAddress pool, Plan plan, Consumer<String> lines) {
        this.coordinator = coordinator;
        this.pool = pool;
        this.plan = plan;
        this.lines = lines;
    }

    /// Signs and publishes the grant, and scales the pool. What the node boots is in its spool before.
    ///
    /// @throws Failure if the key at hand has not signed the grant in force: then the coordinator would choose what
    ///     the next one rests on
    void carryOut(FleetAtHand fleet, int running) throws Failure {
        var key = fleet.keyFor(plan.before);
        review();
        var document = plan.revision.document();
        var image = document.revision().image();
        if (image.isPresent()) {
            fleet.offer(image.get().file(), plan.revision.localImage());
        }
        fleet.offer(document.digest(), document.bytes());
        line(plan.before.replace(coordinator, plan.after, key));
        var scaled = coordinator.post(
                "/v1/pools/" + pool.tenant() + "/" + pool.pool() + ":scale",
                Json.object().put("running", running).end());
        line(pool + "  desired: " + PoolCommand.counts(ResponseFields.object(scaled, "desired")));
    }

    /// Writes both documents, and prints the commands that remain.
    void write(Path directory, int running) throws Failure {
        review();
        var document = plan.revision.document();
        var revisionFile = directory.resolve(pool.tenant() + "-" + pool.pool() + ".json");
        RevisionFiles.write(revisionFile, document);
        var grantFile =
                directory.resolve(pool.tenant() + "-grant-" + plan.after.grant().version() + ".json");
        DocumentFiles.write(
                grantFile, Payloads.of(plan.after), FileVerification.draft(DocumentType.GRANT, Payloads::grant));
        line(revisionFile + "  revision " + document.digest());
        line(grantFile + "  not signed yet");
        line("next:");
        line("  mvm grant sign " + grantFile + " --key REFERENCE");
        line("  mvm grant publish " + grantFile + ".dsse");
        line("  in the spool of each node, under these names:");
        line("    " + hex(document.digest()) + "  " + revisionFile);
        document.revision()
                .image()
                .ifPresent(image -> line("    " + hex(image.file()) + "  "
                        + plan.revision.image().map(Path::toString).orElse("the image")));
        line("    " + hex(document.revision().runtime().kernel()) + "  the kernel");
        line("    " + hex(document.revision().runtime().initramfs()) + "  the initramfs");
        line("  mvm pool scale " + pool + " --running " + running);
    }

    private void review() {
        GrantReview.lines(plan.before.document(), plan.after).forEach(this::line);
    }

    private void line(String text) {
        lines.accept(text);
    }

    private static String hex(Digest digest) {
        return digest.value().substring(digest.value().indexOf(':') + 1);
    }
}
