package dev.mvm.coordinator.fleet;

import dev.mvm.coordinator.trust.SignedGrant;
import dev.mvm.model.Counts;
import java.util.ArrayList;
import java.util.List;

/// Compares pool targets with their tenant's grant. The limits apply to the fleet as a whole, so that every placement
/// on nodes stays within them.
public final class WithinGrant {
    private WithinGrant() {}

    /// Checks the targets of a tenant's pools.
    ///
    /// @throws FleetRefusedException `unknown_pool`, `beyond_grant_count`, `beyond_grant_revision` or `over_quota`
    public static void check(SignedGrant grant, List<PoolTarget> targets) throws FleetRefusedException {
        for (var target : targets) {
            var place = grant.tenant() + "/" + target.pool();
            var granted = grant.pool(target.pool())
                    .orElseThrow(
                            () -> new FleetRefusedException("unknown_pool", "the grant does not name pool " + place));
            int total = target.counts().total();
            if (total < granted.min() || total > granted.max()) {
                throw new FleetRefusedException(
                        "beyond_grant_count",
                        place + " would have " + total + " instances; the grant allows " + granted.min() + " to "
                                + granted.max());
            }
            if (target.chosen().isPresent()
                    && !granted.revisions().contains(target.chosen().get())) {
                throw new FleetRefusedException(
                        "beyond_grant_revision", "the grant of " + place + " does not name this revision");
            }
        }
        var excess = Usage.of(grant, targets).beyond(grant.quotas());
        if (excess.isPresent()) {
            throw new FleetRefusedException(
                    "over_quota",
                    "tenant " + grant.tenant() + ": " + excess.get().quota() + " is "
                            + excess.get().limit() + ", this would need "
                            + excess.get().used());
        }
    }

    /// Returns the targets of a tenant under a new grant: unchanged if they fit, otherwise reduced by as little as
    /// possible. Pools that the grant does not name are dropped; new ones get their least count.
    ///
    /// @throws FleetRefusedException `grant_contradicts_itself` if even the least counts exceed the grant's own
    ///     quotas
    public static List<PoolTarget> fitted(SignedGrant grant, List<PoolTarget> before) throws FleetRefusedException {
        var targets = new ArrayList<PoolTarget>();
        for (var granted : grant.pools()) {
            var target = before.stream()
                    .filter(old -> old.pool().equals(granted.pool()))
                    .findFirst()
                    .orElse(PoolTarget.nothing(granted.pool()));
            var chosen = target.chosen().filter(granted.revisions()::contains);
            targets.add(target.with(inRange(target.counts(), granted)).with(chosen));
        }
        for (int i = targets.size() - 1; i >= 0; i--) {
            shrink(grant, targets, i);
        }
        if (Usage.of(grant, targets).beyond(grant.quotas()).isPresent()) {
            throw new FleetRefusedException(
                    "grant_contradicts_itself",
                    "the least counts of the pools of " + grant.tenant() + " exceed the grant's own quotas");
        }
        return targets;
    }

    private static Counts inRange(Counts counts, SignedGrant.Pool granted) {
        var out = counts;
        while (out.total() > granted.max()) {
            out = Kind.cheapest(out).less(out);
        }
        while (out.total() < granted.min()) {
            out = Kind.roomiest(out).more(out);
        }
        return out;
    }

    /// Takes instances from one pool, as long as that brings the tenant closer to its quotas.
    private static void shrink(SignedGrant grant, List<PoolTarget> targets, int at) {
        int least =
                grant.pool(targets.get(at).pool()).map(SignedGrant.Pool::min).orElse(0);
        for (var kind : Kind.values()) {
            boolean helps = true;
            while (helps) {
                var target = targets.get(at);
                long before = excess(grant, targets);
                helps = before > 0
                        && kind.of(target.counts()) > 0
                        && target.counts().total() > least;
                if (helps) {
                    targets.set(at, target.with(kind.less(target.counts())));
                    helps = excess(grant, targets) < before;
                    if (!helps) {
                        targets.set(at, target);
                    }
                }
            }
        }
    }

    private static long excess(SignedGrant grant, List<PoolTarget> targets) {
        var usage = Usage.of(grant, targets);
        var quotas = grant.quotas();
        return over(usage.vcpus(), quotas.maxVcpus())
                + over(usage.memMib(), quotas.maxMemMib())
                + over(usage.running(), quotas.maxRunning())
                + over(usage.warm(), quotas.maxWarm())
                + over(usage.largestPool(), quotas.maxInstancesPerPool())
                + over(usage.diskGib(), quotas.maxDiskGib())
                + over(usage.sleepingMemMib(), quotas.maxSleepingMemMib());
    }

    private static long over(long used, int limit) {
        return Math.max(0, used - limit);
    }

    /// The three counts, in the order in which they are reduced.
    private enum Kind {
        SLEEPING,
        WARM,
        RUNNING;

        int of(Counts counts) {
            return switch (this) {
                case SLEEPING -> counts.sleeping();
                case WARM -> counts.warm();
                case RUNNING -> counts.running();
            };
        }

        Counts less(Counts counts) {
            return change(counts, -1);
        }

        Counts more(Counts counts) {
            return change(counts, 1);
        }

        private Counts change(Counts counts, int by) {
            return switch (this) {
                case SLEEPING -> new Counts(counts.running(), counts.warm(), counts.sleeping() + by);
                case WARM -> new Counts(counts.running(), counts.warm() + by, counts.sleeping());
                case RUNNING -> new Counts(counts.running() + by, counts.warm(), counts.sleeping());
            };
        }

        static Kind cheapest(Counts counts) {
            return counts.sleeping() > 0 ? SLEEPING : counts.warm() > 0 ? WARM : RUNNING;
        }

        static Kind roomiest(Counts counts) {
            return counts.running() < Counts.MAX ? RUNNING : counts.warm() < Counts.MAX ? WARM : SLEEPING;
        }
    }
}
