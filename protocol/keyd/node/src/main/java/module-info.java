/// The node's half of the key service's documents, which root loads: challenges and blobs are read, statements written.
module dev.mvm.protocol.keyd.node {
    requires static transitive org.jspecify;
    requires transitive dev.mvm.protocol.trust;

    exports dev.mvm.protocol.keyd.node;
}
