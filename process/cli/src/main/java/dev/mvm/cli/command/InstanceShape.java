package dev.mvm.cli.command;

import dev.mvm.cli.signing.GrantDraft;
import dev.mvm.model.Digest;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.PoolId;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.protocol.trust.Grant;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine.Option;

/// Options that say what the instances of a new pool are.
final class InstanceShape {
    @Option(
            names = "--vcpus",
            defaultValue = "1",
            paramLabel = "N",
            description = "vCPUs per instance, 1 to 32. Default: ${DEFAULT-VALUE}.")
    private int vcpus;

    @Option(
            names = "--mem",
            defaultValue = "256M",
            paramLabel = "SIZE",
            description = "Memory per instance, such as 256M or 1G; a plain number is MiB. Default: ${DEFAULT-VALUE}.")
    private String mem = "";

    @Option(
            names = "--disk",
            defaultValue = "0",
            paramLabel = "SIZE",
            description = "Encrypted data volume per instance, such as 10G; a plain number is GiB. Default:"
                    + " ${DEFAULT-VALUE}, no volume.")
    private String disk = "";

    @Option(
            names = "--flag",
            defaultValue = "logs",
            paramLabel = "FLAG",
            description =
                    "Flag of the pool: exec, metadata, pinned, critical, egress, isolated, strict, integrity, logs or"
                            + " no_restart; repeatable. Default: ${DEFAULT-VALUE} alone.")
    private List<String> flags = List.of();

    /// Returns the pool as a grant has it.
    ///
    /// @param max most instances on a node
    /// @param more flags beside those that are given
    /// @throws IllegalArgumentException if an option is out of range
    Grant.Pool pool(PoolId id, Digest revision, int max, PoolFlag... more) {
        Set<PoolFlag> all = EnumSet.noneOf(PoolFlag.class);
        all.addAll(List.of(more));
        all.addAll(GrantDraft.flags(flags));
        var ceiling = new Resources(vcpus, size(mem, 'M'), size(disk, 'G'));
        return new Grant.Pool(id, List.of(revision), ceiling, new Grant.Range(0, max), all, new Rates(0, 0, 0, 0));
    }

    /// Returns a size in units of `unit`, of which a plain number is one too.
    private static int size(String text, char unit) {
        var upper = text.toUpperCase(Locale.ROOT);
        var units = unit == 'M' ? "MG" : "G";
        if (!upper.matches("[0-9]{1,7}[" + units + "]?")) {
            throw new IllegalArgumentException("invalid size: " + text + ", expected a number with " + unit
                    + (unit == 'M' ? " or G" : "") + " or without a unit");
        }
        int last = upper.length() - 1;
        boolean plain = Character.isDigit(upper.charAt(last));
        long number = Long.parseLong(plain ? upper : upper.substring(0, last));
        return (int) Math.min(Integer.MAX_VALUE, plain || upper.charAt(last) == unit ? number : number << 10);
    }
}
