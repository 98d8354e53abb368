/// Signing keys, wherever they live: in a file, in a PKCS #11 token, behind Vault's or OpenBao's Transit. For the `mvm`
/// command and the coordinator; neither the root process nor the agent loads it.
@SuppressWarnings("module") // the modules named below are built after this one
module dev.mvm.crypto.sign {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires transitive dev.mvm.crypto.verify;
    requires transitive dev.mvm.json;
    requires dev.mvm.linux;
    requires dev.mvm.crypto.pkcs11;
    requires dev.mvm.crypto.verifyjdk;
    requires java.net.http;

    exports dev.mvm.crypto.sign to
            dev.mvm.coordinator,
            dev.mvm.cli,
            dev.mvm.keyd,
            dev.mvm.crypto.tenantkeys;
}
