/// The node's network for netd: interfaces and their settings, taps, rtnetlink and nftables.
@SuppressWarnings("module") // the module named below is built after this one
module dev.mvm.network {
    requires static transitive org.jspecify;
    requires static transitive com.google.errorprone.annotations;
    requires transitive dev.mvm.linux;
    requires transitive dev.mvm.model;

    exports dev.mvm.linux.netdev to
            dev.mvm.netd;
    exports dev.mvm.linux.netlink to
            dev.mvm.netd;
    exports dev.mvm.linux.nftables to
            dev.mvm.netd;
}
