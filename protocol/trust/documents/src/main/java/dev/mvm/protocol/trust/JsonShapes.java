package dev.mvm.protocol.trust;

import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.Digest;
import dev.mvm.model.GuestRuntime;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Quotas;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.model.Subnet;
import dev.mvm.model.TenantNet;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/// The parts that several documents and records have in common, from JSON.
public final class JsonShapes {
    private JsonShapes() {}

    /// Refuses a list that is too long, or that names something twice.
    public static <T> void eachOnce(List<T> items, Function<T, ?> name, int most, String what) {
        if (items.size() > most || items.stream().map(name).distinct().count() != items.size()) {
            throw new IllegalArgumentException("want at most " + most + " " + what + ", each named once");
        }
    }

    static TenantNet network(JsonFields fields) throws JsonException {
        var net = new NetId(fields.intBetween("net_id", 0, NetId.MAX));
        return new TenantNet(net, fields.parsed("subnet", Subnet::parse));
    }

    static Quotas quotas(JsonFields fields) throws JsonException {
        return new Quotas(
                fields.number("max_vcpus"),
                fields.number("max_mem_mib"),
                fields.number("max_running"),
                fields.number("max_warm"),
                fields.number("max_pools"),
                fields.number("max_instances_per_pool"),
                fields.number("max_disk_gib"),
                fields.number("max_sleeping_mem_mib"));
    }

    public static Resources resources(JsonFields fields) throws JsonException {
        return new Resources(fields.number("vcpus"), fields.number("mem_mib"), fields.number("disk_gib"));
    }

    static GuestRuntime runtime(JsonFields fields) throws JsonException {
        return new GuestRuntime(fields.parsed("kernel", Digest::new), fields.parsed("initramfs", Digest::new));
    }

    static Rates rates(JsonFields fields) throws JsonException {
        return new Rates(
                fields.number("disk_mib"),
                fields.number("disk_requests"),
                fields.number("net_mib"),
                fields.number("net_packets"));
    }

    static Set<PoolFlag> flags(JsonFields fields) throws JsonException {
        var words = fields.strings("flags", PoolFlag.values().length, JsonShapes::flag);
        var flags = EnumSet.noneOf(PoolFlag.class);
        flags.addAll(words);
        if (flags.size() != words.size()) {
            throw new JsonException("field 'flags' names one twice");
        }
        return flags;
    }

    private static PoolFlag flag(String word) throws JsonException {
        return PoolFlag.of(word).orElseThrow(() -> new JsonException("no such flag"));
    }
}
