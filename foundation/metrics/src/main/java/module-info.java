/// What a process counts of its own work, as Prometheus reads it. Neither the root process nor a sealer loads it.
@SuppressWarnings("module") // the modules named below are built after this one
module dev.mvm.metrics {
    requires static transitive org.jspecify;
    requires dev.mvm.json;
    requires jdk.httpserver;

    exports dev.mvm.metrics to
            dev.mvm.agentd,
            dev.mvm.coordinator;
}
