package dev.mvm.cli.signing;

import dev.mvm.model.GuestRuntime;
import dev.mvm.model.Quotas;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/// The next version of a grant with one pool more: the rest stays, but quotas, which grow by what the pool needs.
public final class PoolAddition {
    private PoolAddition() {}

    /// Returns the next version, valid from now on.
    ///
    /// @param grant the one in force
    /// @param runtime of the pool's revision; added unless the grant has it
    /// @param days validity, 1 to 3650; it does not end before that of `grant`
    /// @throws IllegalArgumentException if the days are out of range, or the grant has no room for the pool
    public static GrantDocument of(GrantDocument grant, Grant.Pool pool, GuestRuntime runtime, int days) {
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
                        quotas(before, pool),
                        with(before.pools(), pool),
                        before.runtimes().contains(runtime) ? before.runtimes() : with(before.runtimes(), runtime),
                        before.keys(),
                        before.mode()),
                grant.release());
    }

    /// Quotas with room for the largest number of the pool's largest instances, beside all that they had room for.
    private static Quotas quotas(Grant before, Grant.Pool pool) {
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

    private static int sum(int quota, long more) {
        return (int) Math.min(Quotas.UNLIMITED, quota + more);
    }

    private static <T> List<T> with(List<T> list, T more) {
        var out = new ArrayList<>(list);
        out.add(more);
        return out;
    }
}
