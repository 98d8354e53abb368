package dev.mvm.cli.command;

import dev.mvm.model.Digest;
import dev.mvm.model.PoolId;
import dev.mvm.protocol.trust.Grant;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Options that say how large a new pool and its instances are.
final class PoolShape {
    @Option(
            names = "--max",
            defaultValue = "10",
            paramLabel = "N",
            description = "Maximum number of instances on a node, 1 to 300. Default: ${DEFAULT-VALUE}.")
    private int max;

    @Mixin
    private InstanceShape instances = new InstanceShape();

    /// Returns the pool as a grant has it.
    ///
    /// @throws IllegalArgumentException if an option is out of range
    Grant.Pool pool(PoolId id, Digest revision) {
        if (max < 1 || max > 300) {
            throw new IllegalArgumentException("maximum out of range: " + max + ", must be 1 to 300");
        }
        return instances.pool(id, revision, max);
    }
}
