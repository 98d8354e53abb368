/// Makes tenants' networks on a node, so that hostd, which verifies what may run, has no right over the node's network:
/// bridges, taps and the packet filter. It has CAP_NET_ADMIN, and no file, key or process of a tenant's.
module dev.mvm.netd {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires dev.mvm.model;
    requires dev.mvm.network;
    requires dev.mvm.protocol.netd;
}
