/// Firecracker's HTTP API as a closed set of typed operations. The bytes travel over whatever the caller opens; this
/// module has no socket of its own, since it is loaded into the root process.
module dev.mvm.protocol.firecracker {
    requires static transitive org.jspecify;
    requires transitive dev.mvm.model;
    requires transitive dev.mvm.json;

    exports dev.mvm.protocol.firecracker;
}
