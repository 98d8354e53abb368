/// What hostd asks of a sealer, and what it hears: hostd's half. The other half is the sealer's own.
module dev.mvm.protocol.sealer {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires transitive dev.mvm.model;

    exports dev.mvm.protocol.sealer;
}
