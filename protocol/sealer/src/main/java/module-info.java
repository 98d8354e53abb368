/// hostd's requests to a sealer, and the sealer's replies: hostd's half. The other half is in the sealer.
module dev.mvm.protocol.sealer {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires transitive dev.mvm.model;

    exports dev.mvm.protocol.sealer;
}
