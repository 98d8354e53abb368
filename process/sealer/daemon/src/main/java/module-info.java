/// The sealer: a process without privileges that gets every descriptor of one snapshot from hostd, seals or opens
/// it, and ends; docs/protocol/sealer.md.
module dev.mvm.sealer {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires dev.mvm.model;
    requires dev.mvm.linux;
    requires dev.mvm.sealer.paging;
    requires dev.mvm.protocol.sealer;
    requires dev.mvm.protocol.snapshot;
}
