/// The protocol between hostd and netd, the process that makes tenants' networks for hostd.
module dev.mvm.protocol.netd {
    requires static transitive org.jspecify;
    requires transitive dev.mvm.model;

    exports dev.mvm.protocol.netd;
}
