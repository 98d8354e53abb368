/// Has tenants' keys, and gives them to nodes that operators allow: a service of its own, so that the coordinator has
/// no key.
module dev.mvm.keyd {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires dev.mvm.model;
    requires dev.mvm.json;
    requires dev.mvm.linux;
    requires dev.mvm.crypto.aead;
    requires dev.mvm.crypto.pkcs11;
    requires dev.mvm.crypto.sign;
    requires dev.mvm.crypto.tenantkeys;
    requires dev.mvm.metrics;
    requires dev.mvm.protocol.trust.authoring;
    requires dev.mvm.protocol.keyd.service;
    requires dev.mvm.protocol.attest;
}
