package dev.mvm.agentd.plan;

/// The reason for which a desired instance is not planned. The codes are stable.
public enum UnmetReason {
    FROZEN("frozen", "the state or the tenant's grant has expired"),
    MAX_VCPUS("max_vcpus", "max_vcpus of the tenant"),
    MAX_MEM_MIB("max_mem_mib", "max_mem_mib of the tenant"),
    MAX_RUNNING("max_running", "max_running of the tenant"),
    MAX_WARM("max_warm", "max_warm of the tenant"),
    MAX_DISK_GIB("max_disk_gib", "max_disk_gib of the tenant"),
    MAX_SLEEPING_MEM_MIB("max_sleeping_mem_mib", "max_sleeping_mem_mib of the tenant"),
    MAX_INSTANCES_PER_POOL("max_instances_per_pool", "max_instances_per_pool of the tenant"),
    /// Other instances of the pool, such as sleeping ones that cannot be woken, use up the signed count.
    COUNT("count", "the pool's count"),
    NO_SLOT("no_slot", "addresses in the tenant's network"),
    NODE_FULL("node_full", "instances that a node may have");

    private final String code;
    private final String words;

    UnmetReason(String code, String words) {
        this.code = code;
        this.words = words;
    }

    /// The code as in metrics, logs and answers.
    public String code() {
        return code;
    }

    public String words() {
        return words;
    }
}
