/// The key service's half of its documents, and the frames of its sockets with a client for them. Root does not load
/// it.
module dev.mvm.protocol.keyd.service {
    requires static transitive org.jspecify;
    requires transitive dev.mvm.protocol.keyd.node;

    exports dev.mvm.protocol.keyd.service;
}
