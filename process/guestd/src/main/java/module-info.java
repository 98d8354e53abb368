/// Reads frames of one tenant's guests and answers of their VMMs, so that root does not: frames and Firecracker's
/// API on one side, the short reports of the guestd protocol on the other. It has no privilege, and no data of
/// other tenants.
module dev.mvm.guestd {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires dev.mvm.model;
    requires dev.mvm.linux;
    requires dev.mvm.protocol.firecracker;
    requires dev.mvm.protocol.guest;
    requires dev.mvm.protocol.guestd;
    requires dev.mvm.protocol.hostd;
    requires dev.mvm.protocol.hostd.client;
}
