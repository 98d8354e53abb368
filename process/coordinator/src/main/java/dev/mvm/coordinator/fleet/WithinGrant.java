package dev.mvm.coordinator.fleet;

import dev.mvm.coordinator.trust.SignedGrant;
import dev.mvm.model.Counts;
import java.util.ArrayList;
import java.util.List;

/// Wants against the grant of their tenant. Counts are held against it for the fleet as a whole, so that any way of
/// spreading them over nodes keeps within it.
public final class WithinGrant {
    private WithinGrant() {}

    /// Checks what a tenant's pools would be.
    ///
    /// @throws RefusedException `unknown_pool`, `beyond_grant_count`, `beyond_grant_revision` or `over_quota`
    public static void check(SignedGrant grant, List<PoolTarget> wants) throws FleetRefusedException {
        for (var want : wants) {
            var place = grant.tenant() + "/" + want.pool();
            var granted = grant.pool(want.pool())
                    .orElseThrow(() -> new FleetRefusedException("unknown_pool", "no pool " + place + " is granted"));
            int total = want.counts().total();
            if (total < granted.min() || total > granted.max()) {
                throw new FleetRefusedException(
                        "beyond_grant_count",
                        place + " would have " + total + " instances, granted are " + granted.min() + " to "
                                + granted.max());
            }
            if (want.chosen().isPresent()
                    && granted.revision(want.chosen().get()).isEmpty()) {
                throw new FleetRefusedException("beyond_grant_revision", "that revision is not granted to " + place);
            }
        }
        var excess = Usage.of(grant, wants).beyond(grant.quotas());
        if (excess.isPresent()) {
            throw new FleetRefusedException(
                    "over_quota",
                    "tenant " + grant.tenant() + ": " + excess.get().quota() + " is "
                            + excess.get().limit() + ", this would need "
                            + excess.get().used());
        }
    }

    /// What becomes of the wants of a tenant that gets a new grant: as they are where they fit, else as little
    /// smaller as it takes. Pools that are not granted any more are gone; new ones have their least count.
    ///
    /// @throws RefusedException `grant_contradicts_itself` if even the least counts exceed the grant's own quotas
    public static List<PoolTarget> fitted(SignedGrant grant, List<PoolTarget> before) throws FleetRefusedException {
        var wants = new ArrayList<PoolTarget>();
        for (var granted : grant.pools()) {
            var want = before.stream()
                    .filter(old -> old.pool().equals(granted.pool()))
                    .findFirst()
                    .orElse(PoolTarget.nothing(granted.pool()));
            var chosen = want.chosen().filter(digest -> granted.revision(digest).isPresent());
            wants.add(want.with(inRange(want.counts(), granted)).with(chosen));
        }
        for (int i = wants.size() - 1; i >= 0; i--) {
            shrink(grant, wants, i);
        }
        if (Usage.of(grant, wants).beyond(grant.quotas()).isPresent()) {
            throw new FleetRefusedException(
                    "grant_contradicts_itself",
                    "the least counts of the pools of " + grant.tenant() + " exceed the grant's own quotas");
        }
        return wants;
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
    private static void shrink(SignedGrant grant, List<PoolTarget> wants, int at) {
        int least = grant.pool(wants.get(at).pool()).map(SignedGrant.Pool::min).orElse(0);
        for (var kind : Kind.values()) {
            boolean helps = true;
            while (helps) {
                var want = wants.get(at);
                long before = excess(grant, wants);
                helps = before > 0
                        && kind.of(want.counts()) > 0
                        && want.counts().total() > least;
                if (helps) {
                    wants.set(at, want.with(kind.less(want.counts())));
                    helps = excess(grant, wants) < before;
                    if (!helps) {
                        wants.set(at, want);
                    }
                }
            }
        }
    }

    private static long excess(SignedGrant grant, List<PoolTarget> wants) {
        var usage = Usage.of(grant, wants);
        var quotas = grant.quotas();
        return over(usage.vcpus(), quotas.maxVcpus())
                + over(usage.memMib(), quotas.maxMemMib())
                + over(usage.running(), quotas.maxRunning())
                + over(usage.warm(), quotas.maxWarm())
                + over(usage.largestPool(), quotas.maxInstancesPerPool())
                + over(usage.diskGib(), quotas.maxDiskGib());
    }

    private static long over(long used, int limit) {
        return Math.max(0, used - limit);
    }

    /// The three counts, the least missed first.
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
