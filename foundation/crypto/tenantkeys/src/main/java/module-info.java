/// Tenants' keys on the side that has them: where they come from, how they are kept wrapped, and how they are
/// encrypted to one node. For the key service alone.
@SuppressWarnings("module") // the module named below is built after this one
module dev.mvm.crypto.tenantkeys {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires transitive dev.mvm.model;
    requires dev.mvm.json;
    requires dev.mvm.linux;
    requires transitive dev.mvm.crypto.sign;

    exports dev.mvm.crypto.tenantkeys to
            dev.mvm.keyd;
}
