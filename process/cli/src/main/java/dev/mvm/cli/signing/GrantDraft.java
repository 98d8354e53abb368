package dev.mvm.cli.signing;

import dev.mvm.model.Digest;
import dev.mvm.model.GuestRuntime;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NetId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.PoolId;
import dev.mvm.model.Quotas;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.model.Subnet;
import dev.mvm.model.TenantId;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.trust.Grant;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A first grant with one pool, from the options of `mvm grant init`.
///
/// @param revision digest of what the pool's instances boot
/// @param runtime of that revision
/// @param sleepingMemMib memory of all sleeping instances together, or [Quotas#UNLIMITED]
public record GrantDraft(
        TenantId tenant,
        int version,
        NetId net,
        Subnet subnet,
        PoolId pool,
        Digest revision,
        GuestRuntime runtime,
        int vcpus,
        int memMib,
        int diskGib,
        int sleepingMemMib,
        int max,
        int days,
        List<String> flags,
        List<Grant.Key> keys,
        NodeMode mode,
        Map<String, Integer> rates) {
    private static final int POOLS = 4;
    private static final List<String> RATES = List.of("disk_mib", "disk_requests", "net_mib", "net_packets");

    public GrantDraft {
        flags = List.copyOf(flags);
        keys = List.copyOf(keys);
        rates = Map.copyOf(rates);
    }

    /// Returns the grant. Its quotas hold exactly `max` instances of this size, running or warm; of those that sleep
    /// they hold as many as `sleepingMemMib` has room for.
    ///
    /// @throws IllegalArgumentException if a number is out of range or a flag unknown
    public Grant grant() {
        if (days < 1 || days > 3650) {
            throw new IllegalArgumentException("days out of range: " + days + ", must be 1 to 3650");
        }
        var now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        var resources = new Resources(vcpus, memMib, diskGib);
        var range = new Grant.Range(0, max);
        return new Grant(
                tenant,
                version,
                new TenantNet(net, subnet),
                now,
                now.plus(Duration.ofDays(days)),
                new Quotas(max * vcpus, max * memMib, max, max, POOLS, max, max * Math.max(diskGib, 1), sleepingMemMib),
                List.of(new Grant.Pool(pool, List.of(revision), resources, range, flags(flags), rateLimits())),
                List.of(runtime),
                keys,
                mode);
    }

    /// Parses a key from `ID:PURPOSE`; all of its versions are allowed.
    ///
    /// @throws IllegalArgumentException if the text is invalid
    public static Grant.Key key(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("invalid key: " + text + ", expected ID:PURPOSE such as disk:volume");
        }
        return new Grant.Key(new KeyName(text.substring(0, colon)), KeyPurpose.of(text.substring(colon + 1)), 1);
    }

    /// Parses the word of a mode.
    ///
    /// @throws IllegalArgumentException if there is no such mode
    public static NodeMode mode(String word) {
        return NodeMode.of(word)
                .orElseThrow(() -> new IllegalArgumentException("no such mode: " + word + " (known: dev, hardened)"));
    }

    private Rates rateLimits() {
        for (var name : rates.keySet()) {
            if (!RATES.contains(name)) {
                throw new IllegalArgumentException(
                        "no such rate: " + name + " (known: " + String.join(", ", RATES) + ")");
            }
        }
        var each = RATES.stream().map(name -> rates.getOrDefault(name, 0)).toList();
        return new Rates(each.get(0), each.get(1), each.get(2), each.get(3));
    }

    /// Parses the words of flags.
    ///
    /// @throws IllegalArgumentException if there is no such flag
    public static Set<PoolFlag> flags(List<String> words) {
        var out = EnumSet.noneOf(PoolFlag.class);
        for (var word : words) {
            out.add(
                    PoolFlag.of(word)
                            .orElseThrow(
                                    () -> new IllegalArgumentException(
                                            "no such flag: " + word
                                                    + " (known: exec, metadata, pinned, critical, egress, isolated, strict, integrity, logs or no_restart)")));
        }
        return out;
    }
}
