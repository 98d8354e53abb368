package dev.mvm.protocol.trust.authoring;

import dev.mvm.json.Json;
import dev.mvm.model.GuestRuntime;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Quotas;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Set;

/// The parts that documents have in common, to JSON.
final class AuthoringShapes {
    private AuthoringShapes() {}

    /// RFC 3339 in UTC with whole seconds, the one spelling that is read.
    static String moment(Instant moment) {
        return moment.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    static Json quotas(Quotas quotas) {
        return Json.object()
                .put("max_vcpus", quotas.maxVcpus())
                .put("max_mem_mib", quotas.maxMemMib())
                .put("max_running", quotas.maxRunning())
                .put("max_warm", quotas.maxWarm())
                .put("max_pools", quotas.maxPools())
                .put("max_instances_per_pool", quotas.maxInstancesPerPool())
                .put("max_disk_gib", quotas.maxDiskGib())
                .put("max_sleeping_mem_mib", quotas.maxSleepingMemMib())
                .end();
    }

    static Json resources(Resources resources) {
        return Json.object()
                .put("vcpus", resources.vcpus())
                .put("mem_mib", resources.memMib())
                .put("disk_gib", resources.diskGib())
                .end();
    }

    static Json rates(Rates rates) {
        return Json.object()
                .put("disk_mib", rates.diskMib())
                .put("disk_requests", rates.diskRequests())
                .put("net_mib", rates.netMib())
                .put("net_packets", rates.netPackets())
                .end();
    }

    static Json runtime(GuestRuntime runtime) {
        return Json.object()
                .put("kernel", runtime.kernel().value())
                .put("initramfs", runtime.initramfs().value())
                .end();
    }

    static Json flags(Set<PoolFlag> flags) {
        var words = new ArrayList<Json>();
        for (var flag : PoolFlag.values()) {
            if (flags.contains(flag)) {
                words.add(Json.of(flag.word()));
            }
        }
        return Json.array(words);
    }
}
