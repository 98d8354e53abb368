package dev.mvm.agentd.idle;

import dev.mvm.model.PoolAddress;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Settings for idle instances.
///
/// @param usual for every pool that is not named
/// @param pools settings of the pools that are named
/// @param pressurePercent share of the time, in per cent, in which a task may wait for memory before the instance
///     that has been idle for longest is put to sleep, 1 to 100; 0 for never
public record IdleSettings(OfPool usual, Map<PoolAddress, OfPool> pools, int pressurePercent) {
    /// No instance is paused or put to sleep for being idle.
    public static final IdleSettings OFF =
            new IdleSettings(new OfPool(false, IdleTimeouts.USUAL, Unfit.HOLD), Map.of(), 0);

    /// Treatment of an instance that is to run again although its snapshot no longer fits this machine: another
    /// VMM, processor, microcode or kernel.
    public enum Unfit {
        /// The instance stays asleep until the snapshot fits again.
        HOLD("hold"),
        /// The instance is booted, and its memory is lost.
        COLD_BOOT("cold_boot");

        private final String word;

        Unfit(String word) {
            this.word = word;
        }

        /// Returns its word in the agent's configuration.
        public String word() {
            return word;
        }

        /// Returns the treatment with this word; empty for any other word.
        public static Optional<Unfit> of(String word) {
            return Arrays.stream(values())
                    .filter(unfit -> unfit.word.equals(word))
                    .findFirst();
        }
    }

    /// Settings of one pool.
    ///
    /// @param enabled whether idle instances of the pool are paused and put to sleep
    public record OfPool(boolean enabled, IdleTimeouts timeouts, Unfit unfit) {}

    public IdleSettings {
        pools = Map.copyOf(pools);
        if (pressurePercent < 0 || pressurePercent > 100) {
            throw new IllegalArgumentException("pressure-percent is 0 to 100, not " + pressurePercent);
        }
    }

    public OfPool of(PoolAddress pool) {
        return Optional.ofNullable(pools.get(pool)).orElse(usual);
    }

    /// The pools of `all` whose instances are booted if their snapshot does not fit.
    public Set<PoolAddress> coldBoot(Set<PoolAddress> all) {
        return all.stream().filter(pool -> of(pool).unfit() == Unfit.COLD_BOOT).collect(Collectors.toSet());
    }

    /// Returns whether idle instances of any pool are paused or put to sleep.
    public boolean any() {
        return usual.enabled() || pools.values().stream().anyMatch(OfPool::enabled);
    }
}
