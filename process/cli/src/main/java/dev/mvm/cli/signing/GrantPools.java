package dev.mvm.cli.signing;

import dev.mvm.model.GuestRuntime;
import dev.mvm.model.PoolId;
import dev.mvm.model.Quotas;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/// The next version of a grant with one pool more or less: the rest stays, but quotas, which grow and shrink by what
/// the pool needs. It is valid from now on, and does not end before the one in force.
public final class GrantPools {
    private GrantPools() {}

    /// Returns the next version with one pool more.
    ///
    /// @param grant the one in force
    /// @param runtime of the pool's revision; added unless the grant has it
    /// @param days validity, 1 to 3650
    /// @throws IllegalArgumentException if the days are out of range, or the grant has no room for the pool
    public static GrantDocument with(GrantDocument grant, Grant.Pool pool, GuestRuntime runtime, int days) {
        var before = grant.grant();
        var runtimes = before.runtimes().contains(runtime) ? before.runtimes() : with(before.runtimes(), runtime);
        return next(grant, grown(before, pool), with(before.pools(), pool), runtimes, days);
    }

    /// Returns the next version without one pool. Its runtime stays allowed.
    ///
    /// @param grant the one in force
    /// @param days validity, 1 to 3650
    /// @throws IllegalArgumentException if the days are out of range, or the grant has no such pool
    public static GrantDocument without(GrantDocument grant, PoolId pool, int days) {
        var before = grant.grant();
        var gone = before.pool(pool)
                .orElseThrow(
                        () -> new IllegalArgumentException("the grant of " + before.tenant() + " has no pool " + pool));
        var rest = before.pools().stream()
                .filter(each -> !each.pool().equals(pool))
                .toList();
        return next(grant, shrunk(before.quotas(), gone), rest, before.runtimes(), days);
    }

    private static GrantDocument next(
            GrantDocument grant, Quotas quotas, List<Grant.Pool> pools, List<GuestRuntime> runtimes, int days) {
        if (days < 1 || days > 3650) {
            throw new IllegalArgumentException("days out of range: " + days + ", must be 1 to 3650");
        }
        var before = grant.grant();
        var now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        var expires = now.plus(Duration.ofDays(days));
        return new GrantDocument(
                new Grant(
                        before.tenant(),
                        before.version() + 1,
                        before.network(),
                        now,
                        expires.isAfter(before.expires()) ? expires : before.expires(),
                        quotas,
                        pools,
                        runtimes,
                        before.keys(),
                        before.mode()),
                grant.release());
    }

    /// Quotas with room for the largest number of the pool's largest instances, beside all that they had room for.
    private static Quotas grown(Grant before, Grant.Pool pool) {
        var quotas = before.quotas();
        int count = pool.count().max();
        var ceiling = pool.ceiling();
        return new Quotas(
                sum(quotas.maxVcpus(), (long) count * ceiling.vcpus()),
                sum(quotas.maxMemMib(), (long) count * ceiling.memMib()),
                sum(quotas.maxRunning(), count),
                sum(quotas.maxWarm(), count),
                Math.max(quotas.maxPools(), before.pools().size() + 1),
                Math.max(quotas.maxInstancesPerPool(), count),
                sum(quotas.maxDiskGib(), (long) count * ceiling.diskGib()),
                quotas.maxSleepingMemMib());
    }

    /// The reverse, but for the two quotas that are no sums.
    private static Quotas shrunk(Quotas quotas, Grant.Pool pool) {
        int count = pool.count().max();
        var ceiling = pool.ceiling();
        return new Quotas(
                rest(quotas.maxVcpus(), (long) count * ceiling.vcpus()),
                rest(quotas.maxMemMib(), (long) count * ceiling.memMib()),
                rest(quotas.maxRunning(), count),
                rest(quotas.maxWarm(), count),
                quotas.maxPools(),
                quotas.maxInstancesPerPool(),
                rest(quotas.maxDiskGib(), (long) count * ceiling.diskGib()),
                quotas.maxSleepingMemMib());
    }

    private static int sum(int quota, long more) {
        return (int) Math.min(Quotas.UNLIMITED, quota + more);
    }

    private static int rest(int quota, long less) {
        return quota == Quotas.UNLIMITED ? quota : (int) Math.max(0, quota - less);
    }

    private static <T> List<T> with(List<T> list, T more) {
        var out = new ArrayList<>(list);
        out.add(more);
        return out;
    }
}
