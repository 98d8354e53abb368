/// A tenant's audit: what a node's agent did for the tenant, in a chain that shows when it was changed. Written by
/// agents, read by verifiers; what runs as root loads none of it.
module dev.mvm.protocol.audit {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires transitive dev.mvm.model;
    requires transitive dev.mvm.json;

    exports dev.mvm.protocol.audit;
}
