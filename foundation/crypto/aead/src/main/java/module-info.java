/// libcrypto for bulk encryption: many pieces under one key, several keys from one. What root needs of libcrypto is
/// in `dev.mvm.linux`, and root does not load this.
@SuppressWarnings("module") // the module named below is built after this one
module dev.mvm.crypto.aead {
    requires static transitive org.jspecify;
    requires static transitive com.google.errorprone.annotations;
    requires transitive dev.mvm.linux;

    exports dev.mvm.crypto.aead to
            dev.mvm.protocol.snapshot,
            dev.mvm.keyd;
}
