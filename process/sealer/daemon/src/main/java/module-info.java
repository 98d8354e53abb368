/// The sealer: a process without privileges that seals or opens one snapshot, of which it is handed every descriptor,
/// and ends; docs/protocol/sealer.md.
module dev.mvm.sealer {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires dev.mvm.model;
    requires dev.mvm.linux;
    requires dev.mvm.sealer.paging;
    requires dev.mvm.protocol.sealer;
    requires dev.mvm.protocol.snapshot;
}
