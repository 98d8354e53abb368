/// Snapshots on disk: what they are made of, how they are sealed and opened; docs/protocol/snapshot.md. Where the files
/// are, and when they are written, synced and removed, is the caller's business.
@SuppressWarnings("module") // the module named below is built after this one
module dev.mvm.protocol.snapshot {
    requires static transitive org.jspecify;
    requires static transitive com.google.errorprone.annotations;
    requires transitive dev.mvm.model;
    requires transitive dev.mvm.linux;
    requires dev.mvm.crypto.aead;
    requires dev.mvm.json;

    exports dev.mvm.protocol.snapshot to
            dev.mvm.sealer;
}
