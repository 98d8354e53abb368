/// Firecracker's HTTP API as a closed set of typed operations. The bytes travel over whatever the caller has: this
/// module has no socket of its own. It is loaded into the process that reads one tenant's guests, not into root's.
module dev.mvm.protocol.firecracker {
    requires static transitive org.jspecify;
    requires transitive dev.mvm.model;
    requires transitive dev.mvm.json;

    exports dev.mvm.protocol.firecracker;
}
