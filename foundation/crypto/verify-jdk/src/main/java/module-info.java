/// Signatures verified by the JDK, for processes that call nothing native. The root process has libcrypto for that and
/// does not load this.
module dev.mvm.crypto.verifyjdk {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires transitive dev.mvm.crypto.verify;

    exports dev.mvm.crypto.verifyjdk;
}
