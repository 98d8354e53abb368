package dev.mvm.agentd.idle;

import dev.mvm.model.PoolAddress;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Which pools rest, and how.
///
/// @param usual for every pool that is not named
/// @param pools those that are named
/// @param pressurePercent how much of the time something may wait for memory before what is coldest is put to sleep,
///     1 to 100; 0 for never
public record RestSettings(OfPool usual, Map<PoolAddress, OfPool> pools, int pressurePercent) {
    /// Nothing rests.
    public static final RestSettings OFF =
            new RestSettings(new OfPool(false, IdleTimeouts.USUAL, Unfit.HOLD), Map.of(), 0);

    /// What becomes of an instance that is to run again when its snapshot does not fit this machine any more: another
    /// VMM, processor, microcode or kernel.
    public enum Unfit {
        /// It goes on sleeping, for the day when it fits again.
        HOLD,
        /// It is booted, and what it had in memory is lost.
        COLD_BOOT
    }

    /// What holds of one pool.
    ///
    /// @param rests whether its instances go to rest when they are idle
    public record OfPool(boolean rests, IdleTimeouts rhythm, Unfit unfit) {}

    public RestSettings {
        pools = Map.copyOf(pools);
        if (pressurePercent < 0 || pressurePercent > 100) {
            throw new IllegalArgumentException("pressure-percent is 0 to 100, not " + pressurePercent);
        }
    }

    public OfPool of(PoolAddress pool) {
        return Optional.ofNullable(pools.get(pool)).orElse(usual);
    }

    /// Those of `all` whose instances are booted if their snapshot does not fit.
    public Set<PoolAddress> coldBoot(Set<PoolAddress> all) {
        return all.stream().filter(pool -> of(pool).unfit() == Unfit.COLD_BOOT).collect(Collectors.toSet());
    }

    /// Whether any pool may rest.
    public boolean any() {
        return usual.rests() || pools.values().stream().anyMatch(OfPool::rests);
    }
}
