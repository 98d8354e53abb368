package dev.mvm.cli.command;

import dev.mvm.cli.api.CoordinatorClient;
import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.FileVerification;
import dev.mvm.cli.signing.GrantPools;
import dev.mvm.cli.signing.GrantReview;
import dev.mvm.json.Json;
import dev.mvm.model.PoolAddress;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/// Steps from a pool to the tenant's grant without it: carried out where the key is at hand, told elsewhere.
final class PoolRemovalSteps {
    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final long LOOK_MILLIS = 500;

    private final CoordinatorClient coordinator;
    private final PoolAddress pool;
    private final int days;
    private final Consumer<String> lines;

    /// @param days validity of the grant that is signed, 1 to 3650
    /// @param lines takes what is said
    PoolRemovalSteps(CoordinatorClient coordinator, PoolAddress pool, int days, Consumer<String> lines) {
        this.coordinator = coordinator;
        this.pool = pool;
        this.days = days;
        this.lines = lines;
    }

    /// Returns whether the tenant's grant in force has the pool.
    boolean isGranted() throws Failure {
        return TenantGrant.fetch(coordinator, pool.tenant())
                .document()
                .grant()
                .pool(pool.pool())
                .isPresent();
    }

    /// Destroys all instances, and then signs and publishes the grant without the pool.
    ///
    /// @throws Failure if the grant has no such pool, the key at hand has not signed it, or instances are left
    void carryOut(FleetAtHand fleet) throws Failure {
        var first = TenantGrant.fetch(coordinator, pool.tenant());
        var _ = without(first);
        var _ = fleet.keyFor(first); // nothing is destroyed that the grant would keep
        coordinator.post(
                "/v1/pools/" + pool.tenant() + "/" + pool.pool() + ":scale",
                Json.object()
                        .put("running", 0)
                        .put("warm", 0)
                        .put("sleeping", 0)
                        .end());
        destroyAll();
        var before = TenantGrant.fetch(coordinator, pool.tenant());
        var after = without(before);
        GrantReview.lines(before.document(), after).forEach(lines);
        lines.accept(before.replace(coordinator, after, fleet.keyFor(before)));
        lines.accept(pool + "  destroyed");
    }

    /// Writes the grant, and prints the commands that remain.
    void write(Path directory) throws Failure {
        var before = TenantGrant.fetch(coordinator, pool.tenant());
        var after = without(before);
        GrantReview.lines(before.document(), after).forEach(lines);
        var file = directory.resolve(pool.tenant() + "-grant-" + after.grant().version() + ".json");
        DocumentFiles.write(file, Payloads.of(after), FileVerification.draft(DocumentType.GRANT, Payloads::grant));
        lines.accept(file + "  not signed yet");
        lines.accept("next:");
        lines.accept("  mvm pool scale " + pool + " --running 0 --warm 0 --sleeping 0");
        lines.accept("  mvm instance destroy, for each that mvm instance list " + pool + " shows");
        lines.accept("  mvm grant sign " + file + " --key REFERENCE");
        lines.accept("  mvm grant publish " + file + ".dsse");
    }

    private GrantDocument without(TenantGrant before) throws Failure {
        if (before.document().grant().pool(pool.pool()).isEmpty()) {
            throw new Failure("the grant of " + pool.tenant() + " has no pool " + pool.pool() + " (see mvm pool list)");
        }
        return GrantPools.without(before.document(), pool.pool(), days);
    }

    /// An instance whose node refuses now, because something else happens to it, is asked for again.
    private void destroyAll() throws Failure {
        long end = System.nanoTime() + LONGEST.toNanos();
        var refusal = "";
        while (true) {
            var left = ResponseFields.objects(
                    coordinator.get("/v1/instances?tenant=" + pool.tenant() + "&pool=" + pool.pool()), "instances");
            if (left.isEmpty()) {
                return;
            }
            if (System.nanoTime() > end) {
                throw new Failure(pool + " still has instances after " + LONGEST.toMinutes() + " minutes: "
                        + ResponseFields.text(left.getFirst(), "address") + refusal);
            }
            for (var each : left) {
                refusal = destroy(ResponseFields.text(each, "address"));
            }
            Waiting.pause(LOOK_MILLIS);
        }
    }

    /// @return why not, for the end of a line; empty if it is done
    private String destroy(String address) {
        try {
            coordinator.post(
                    "/v1/instances/" + address + ":change",
                    Json.object().put("verb", "DESTROY").end());
            return "";
        } catch (Failure e) {
            return ": " + e.getMessage();
        }
    }
}
