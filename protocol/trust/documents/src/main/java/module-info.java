/// The documents that decide what may run, and the rules by which they are believed.
module dev.mvm.protocol.trust {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires transitive dev.mvm.model;
    requires transitive dev.mvm.crypto.verify;
    requires transitive dev.mvm.json;

    exports dev.mvm.protocol.trust;
    exports dev.mvm.protocol.trust.audit;
    exports dev.mvm.protocol.trust.transparency;
    exports dev.mvm.protocol.trust.store;
}
