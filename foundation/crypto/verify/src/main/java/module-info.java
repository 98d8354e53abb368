/// Signatures: who signed which bytes. Only verification; signing is a module of its own, which neither the root
/// process nor the agent loads.
module dev.mvm.crypto.verify {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires dev.mvm.model;

    exports dev.mvm.crypto.verify;
}
