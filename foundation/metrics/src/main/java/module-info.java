/// Metrics of a process's own work, in Prometheus' format. Neither the root process nor a sealer loads it.
@SuppressWarnings("module") // the modules named below are built after this one
module dev.mvm.metrics {
    requires static transitive org.jspecify;
    requires dev.mvm.json;
    requires jdk.httpserver;

    exports dev.mvm.metrics to
            dev.mvm.agentd,
            dev.mvm.coordinator,
            dev.mvm.keyd;
}
