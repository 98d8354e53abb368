/// Evidence of what a node is: asked of its TPM by the agent, judged by the key service before it releases a key;
/// `docs/protocol/attest.md`.
module dev.mvm.protocol.attest {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires transitive dev.mvm.model;
    requires transitive dev.mvm.json;

    exports dev.mvm.protocol.attest;
    exports dev.mvm.protocol.attest.tpm;
}
