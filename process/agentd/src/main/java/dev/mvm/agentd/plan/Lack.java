package dev.mvm.agentd.plan;

import java.util.Locale;

/// What something that is wanted fails by, so that it is not planned. The codes are stable.
public enum Lack {
    FROZEN("the state or the tenant's grant has expired"),
    MAX_VCPUS("max_vcpus of the tenant"),
    MAX_MEM_MIB("max_mem_mib of the tenant"),
    MAX_RUNNING("max_running of the tenant"),
    MAX_WARM("max_warm of the tenant"),
    MAX_DISK_GIB("max_disk_gib of the tenant"),
    MAX_INSTANCES_PER_POOL("max_instances_per_pool of the tenant"),
    /// Others of the pool, such as sleeping ones that cannot be woken, have the places that are signed for.
    COUNT("the pool's count"),
    NO_SLOT("addresses in the tenant's network"),
    NODE_FULL("instances that a node may have");

    private final String words;

    Lack(String words) {
        this.words = words;
    }

    /// As in metrics, logs and answers.
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    public String words() {
        return words;
    }
}
