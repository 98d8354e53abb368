package dev.mvm.agentd;

import dev.mvm.agentd.idle.IdleSettings;
import dev.mvm.agentd.idle.IdleTimeouts;
import dev.mvm.agentd.plan.Policy;
import dev.mvm.model.PoolAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.tomlj.TomlTable;

/// Settings of the reconciler. They need no signature: with them the agent stops, pauses and puts to sleep, which
/// is always allowed, or brings up instances that a state in force names.
///
/// @param parallel most operations of hostd at a time for one tenant, 1 to 64
/// @param idle settings for idle instances, table `rest` of the file
/// @param prune treatment of instances that the state does not name
record ReconcileSettings(int parallel, IdleSettings idle, Policy.Prune prune) {
    private static final int PARALLEL = 4;
    private static final int MAX_PARALLEL = 64;
    private static final Set<String> OF_POOL =
            Set.of("enabled", "warm-after", "sleep-after", "run-at-least", "warm-at-least", "snapshot-unfit");
    private static final Set<String> OF_PRUNE = Set.of("unknown-tenants", "unknown-pools");

    /// Reads the tables `rest` and `prune` and the key `parallel`.
    ///
    /// @throws IllegalArgumentException with the key that is invalid
    static ReconcileSettings read(TomlTable table) {
        long parallel = table.contains("parallel") ? number(table, "parallel") : PARALLEL;
        if (parallel < 1 || parallel > MAX_PARALLEL) {
            throw new IllegalArgumentException("parallel is 1 to " + MAX_PARALLEL + ", not " + parallel);
        }
        var idle = table.contains("rest") ? idle(table(table, List.of("rest"))) : IdleSettings.OFF;
        var prune = table.contains("prune") ? prune(table(table, List.of("prune"))) : Policy.Prune.NOTHING;
        return new ReconcileSettings((int) parallel, idle, prune);
    }

    private static Policy.Prune prune(TomlTable table) {
        known(table, OF_PRUNE, "prune");
        return new Policy.Prune(flag(table, "unknown-tenants", false), flag(table, "unknown-pools", false));
    }

    private static IdleSettings idle(TomlTable table) {
        var keys = new TreeSet<>(OF_POOL);
        keys.addAll(Set.of("pressure-percent", "pools"));
        known(table, keys, "rest");
        var usual = pool(table, IdleSettings.OFF.usual());
        var pools = new HashMap<PoolAddress, IdleSettings.OfPool>();
        if (table.contains("pools")) {
            var named = table(table, List.of("pools"));
            for (var name : named.keySet()) {
                var its = table(named, List.of(name));
                known(its, OF_POOL, "rest.pools");
                pools.put(PoolAddress.parse(name), pool(its, usual));
            }
        }
        long percent = table.contains("pressure-percent") ? number(table, "pressure-percent") : 0;
        return new IdleSettings(usual, pools, Math.clamp(percent, -1, 101));
    }

    /// Settings of a table for pools; `otherwise` has those of the keys that are missing.
    private static IdleSettings.OfPool pool(TomlTable table, IdleSettings.OfPool otherwise) {
        var timeouts = otherwise.timeouts();
        return new IdleSettings.OfPool(
                flag(table, "enabled", otherwise.enabled()),
                new IdleTimeouts(
                        seconds(table, "warm-after", timeouts.warmAfter()),
                        seconds(table, "sleep-after", timeouts.sleepAfter()),
                        seconds(table, "run-at-least", timeouts.runAtLeast()),
                        seconds(table, "warm-at-least", timeouts.warmAtLeast())),
                table.contains("snapshot-unfit") ? unfit(table) : otherwise.unfit());
    }

    private static IdleSettings.Unfit unfit(TomlTable table) {
        var word = table.isString("snapshot-unfit") ? String.valueOf(table.getString("snapshot-unfit")) : "";
        return IdleSettings.Unfit.of(word)
                .orElseThrow(() -> new IllegalArgumentException("snapshot-unfit is \"hold\" or \"cold_boot\""));
    }

    private static void known(TomlTable table, Set<String> keys, String where) {
        for (var key : table.keySet()) {
            if (!keys.contains(key)) {
                throw new IllegalArgumentException("unknown key '" + key + "' in " + where + "; known are "
                        + String.join(", ", new TreeSet<>(keys)));
            }
        }
    }

    private static TomlTable table(TomlTable table, List<String> path) {
        if (table.get(path) instanceof TomlTable found) {
            return found;
        }
        throw new IllegalArgumentException("'" + String.join(".", path) + "' is a table");
    }

    private static boolean flag(TomlTable table, String key, boolean otherwise) {
        if (!table.contains(key)) {
            return otherwise;
        }
        if (table.get(List.of(key)) instanceof Boolean value) {
            return value;
        }
        throw new IllegalArgumentException("'" + key + "' is true or false");
    }

    private static Duration seconds(TomlTable table, String key, Duration otherwise) {
        if (!table.contains(key)) {
            return otherwise;
        }
        long most = IdleTimeouts.LONGEST.toSeconds();
        long seconds = number(table, key);
        if (seconds < 0 || seconds > most) {
            throw new IllegalArgumentException("'" + key + "' is 0 to " + most + " seconds, not " + seconds);
        }
        return Duration.ofSeconds(seconds);
    }

    private static long number(TomlTable table, String key) {
        if (table.get(List.of(key)) instanceof Long value) {
            return value;
        }
        throw new IllegalArgumentException("'" + key + "' is a whole number");
    }
}
