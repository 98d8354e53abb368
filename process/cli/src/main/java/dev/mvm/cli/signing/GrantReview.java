package dev.mvm.cli.signing;

import dev.mvm.model.Digest;
import dev.mvm.model.GuestRuntime;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Quotas;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Differences between a new grant and the one that it replaces, in lines for its signers. `+` allows more than
/// before, `-` less; ` ` is neither, `!` needs attention.
public final class GrantReview {
    private static final String LOST = " ARE DESTROYED, and what lies under them is lost";

    private final List<String> lines = new ArrayList<>();

    private GrantReview() {}

    /// Returns one line for each difference.
    public static List<String> lines(GrantDocument beforeDocument, GrantDocument afterDocument) {
        var before = beforeDocument.grant();
        var after = afterDocument.grant();
        var review = new GrantReview();
        review.whole(before, after);
        review.quotas(before.quotas(), after.quotas());
        for (var pool : after.pools()) {
            before.pool(pool.pool())
                    .ifPresentOrElse(
                            old -> review.pool(old, pool),
                            () -> review.lines.add("+ pool " + pool.pool() + ": " + summary(pool)));
        }
        for (var pool : before.pools()) {
            if (after.pool(pool.pool()).isEmpty()) {
                review.lines.add("- pool " + pool.pool() + ": its instances can no longer start");
            }
        }
        review.runtimes(before, after);
        review.keys(before, after);
        review.lines.addAll(ReleaseReview.lines(beforeDocument.release(), afterDocument.release()));
        ReleaseReview.warning(afterDocument).ifPresent(review.lines::add);
        return List.copyOf(review.lines);
    }

    private void whole(Grant before, Grant after) {
        lines.add("grant of " + after.tenant() + ", version " + before.version() + " -> " + after.version());
        if (!before.tenant().equals(after.tenant())) {
            lines.add("! ANOTHER TENANT: " + before.tenant() + " -> " + after.tenant());
        }
        if (after.version() <= before.version()) {
            lines.add("! NOT NEWER: nodes that have version " + before.version() + " refuse it");
        }
        if (before.mode() != after.mode()) {
            lines.add((before.mode().satisfies(after.mode()) ? "+ " : "- ") + "nodes in mode "
                    + before.mode().word() + " -> " + after.mode().word());
        }
        if (!before.network().equals(after.network())) {
            lines.add("! ANOTHER NETWORK: " + network(before) + " -> " + network(after));
        }
        changed("  valid from ", before.notBefore(), after.notBefore());
        changed(
                after.expires().isAfter(before.expires()) ? "+ valid until" : "- valid until",
                before.expires(),
                after.expires());
    }

    private static String network(Grant grant) {
        return grant.network().net() + " " + grant.network().subnet();
    }

    private void changed(String what, Object before, Object after) {
        if (!before.equals(after)) {
            lines.add(what + " " + before + " -> " + after);
        }
    }

    private void number(String what, long before, long after) {
        if (before != after) {
            lines.add((after > before ? "+ " : "- ") + what + " " + before + " -> " + after);
        }
    }

    private void quotas(Quotas before, Quotas after) {
        number("quota max_vcpus", before.maxVcpus(), after.maxVcpus());
        number("quota max_mem_mib", before.maxMemMib(), after.maxMemMib());
        number("quota max_running", before.maxRunning(), after.maxRunning());
        number("quota max_warm", before.maxWarm(), after.maxWarm());
        number("quota max_pools", before.maxPools(), after.maxPools());
        number("quota max_instances_per_pool", before.maxInstancesPerPool(), after.maxInstancesPerPool());
        number("quota max_disk_gib", before.maxDiskGib(), after.maxDiskGib());
        sleepers(before.maxSleepingMemMib(), after.maxSleepingMemMib());
    }

    private void sleepers(int before, int after) {
        if (before != after) {
            lines.add((after > before ? "+ " : "- ") + "quota max_sleeping_mem_mib " + quota(before) + " -> "
                    + quota(after));
        }
    }

    /// Returns the quota of sleeping instances in words, to be added to others; without a limit nothing.
    public static String asleep(Quotas quotas) {
        int most = quotas.maxSleepingMemMib();
        return most == Quotas.UNLIMITED ? "" : ", " + most + " MiB asleep";
    }

    private static String quota(int value) {
        return value == Quotas.UNLIMITED ? "no limit" : Integer.toString(value);
    }

    private void pool(Grant.Pool before, Grant.Pool after) {
        var name = "pool " + after.pool() + ": ";
        for (var revision : after.revisions()) {
            if (!before.revisions().contains(revision)) {
                lines.add("+ " + name + "may boot revision " + brief(revision));
            }
        }
        for (var revision : before.revisions()) {
            if (!after.revisions().contains(revision)) {
                lines.add("- " + name + "may not boot revision " + brief(revision));
            }
        }
        ceiling(name, before.ceiling(), after.ceiling());
        rates(name, before.rates(), after.rates());
        number(name + "at least", before.count().min(), after.count().min());
        number(name + "at most", before.count().max(), after.count().max());
        for (var flag : PoolFlag.values()) {
            boolean had = before.flags().contains(flag);
            if (had != after.flags().contains(flag)) {
                lines.add((had ? "- " : "+ ") + name + "flag " + flag.word() + (had ? "" : consequence(flag)));
            }
        }
    }

    private static String consequence(PoolFlag flag) {
        return switch (flag) {
            case EXEC -> ": operators may run programs in its guests";
            case LOGS -> ": operators may read what its guests print";
            case NO_RESTART -> ": an instance that has ended is not started again";
            default -> "";
        };
    }

    private void keys(Grant before, Grant after) {
        for (var key : after.keys()) {
            var old = before.keys().stream()
                    .filter(each -> each.id().equals(key.id()))
                    .findFirst();
            var name = "key " + key.id() + ": ";
            if (old.isEmpty()) {
                lines.add("+ " + name + key.purpose().word() + ", from version " + key.minVersion());
            } else {
                changed(
                        "! " + name + "ANOTHER PURPOSE:",
                        old.get().purpose().word(),
                        key.purpose().word());
                if (key.minVersion() > old.get().minVersion()) {
                    lines.add("! " + name + "VERSIONS BEFORE " + key.minVersion() + LOST);
                } else if (key.minVersion() < old.get().minVersion()) {
                    lines.add("! " + name + "REVOKED VERSIONS ARE ALLOWED AGAIN, from " + key.minVersion());
                }
            }
        }
        for (var key : before.keys()) {
            if (after.keys().stream().noneMatch(each -> each.id().equals(key.id()))) {
                lines.add("! key " + key.id() + ": ALL VERSIONS" + LOST);
            }
        }
    }

    /// Returns a line for each key of whose versions a grant destroys some, whatever the grant before it was. A key
    /// that
    /// it no longer has is not seen by it alone, but by [#lines].
    public static List<String> destroyed(Grant grant) {
        return grant.keys().stream()
                .filter(key -> key.minVersion() > 1)
                .map(key -> "! key " + key.id() + ": VERSIONS BEFORE " + key.minVersion() + LOST)
                .toList();
    }

    private void ceiling(String pool, Resources before, Resources after) {
        number(pool + "vCPUs each", before.vcpus(), after.vcpus());
        number(pool + "MiB each", before.memMib(), after.memMib());
        number(pool + "GiB of disk each", before.diskGib(), after.diskGib());
    }

    private void rates(String pool, Rates before, Rates after) {
        rate(pool + "MiB of disk a second", before.diskMib(), after.diskMib());
        rate(pool + "disk requests a second", before.diskRequests(), after.diskRequests());
        rate(pool + "MiB of network a second", before.netMib(), after.netMib());
        rate(pool + "packets a second", before.netPackets(), after.netPackets());
    }

    /// 0 is no limit, the most of all.
    private void rate(String what, int before, int after) {
        if (before != after) {
            boolean more = after == 0 || (before != 0 && after > before);
            lines.add((more ? "+ " : "- ") + what + " " + limit(before) + " -> " + limit(after));
        }
    }

    private static String limit(int rate) {
        return rate == 0 ? "no limit" : Integer.toString(rate);
    }

    /// Returns the limits in words; a rate of 0 has no word.
    public static String rates(Rates rates) {
        var parts = new ArrayList<String>();
        add(parts, rates.diskMib(), " MiB of disk");
        add(parts, rates.diskRequests(), " disk requests");
        add(parts, rates.netMib(), " MiB of network");
        add(parts, rates.netPackets(), " packets");
        return String.join(", ", parts);
    }

    private static void add(List<String> parts, int rate, String what) {
        if (rate > 0) {
            parts.add(rate + what);
        }
    }

    private void runtimes(Grant before, Grant after) {
        for (var runtime : after.runtimes()) {
            if (!before.runtimes().contains(runtime)) {
                lines.add("+ runtime " + runtime(runtime));
            }
        }
        for (var runtime : before.runtimes()) {
            if (!after.runtimes().contains(runtime)) {
                lines.add("- runtime " + runtime(runtime) + ": its revisions can no longer start");
            }
        }
    }

    private static String runtime(GuestRuntime runtime) {
        return "kernel " + brief(runtime.kernel()) + ", initramfs " + brief(runtime.initramfs());
    }

    private static String brief(Digest digest) {
        return digest.hex().substring(0, 12);
    }

    private static String summary(Grant.Pool pool) {
        var flags = Arrays.stream(PoolFlag.values())
                .filter(pool.flags()::contains)
                .map(PoolFlag::word)
                .toList();
        return pool.count().min() + " to " + pool.count().max() + " of at most "
                + pool.ceiling().vcpus() + " vCPU, "
                + pool.ceiling().memMib() + " MiB, " + pool.ceiling().diskGib() + " GiB disk"
                + (flags.isEmpty() ? "" : ", " + String.join(", ", flags))
                + (pool.rates().equals(Rates.UNLIMITED) ? "" : ", each a second " + rates(pool.rates()))
                + "; boots "
                + String.join(
                        " or ", pool.revisions().stream().map(Digest::value).toList());
    }
}
