/// Ed25519 and AES keys in PKCS #11 tokens (OASIS PKCS #11 3.0): hardware, or what pretends to be. The JDK's own
/// provider for such tokens knows no Ed25519, and takes what is encrypted from the heap.
@SuppressWarnings("module") // the module named below is built after this one
module dev.mvm.crypto.pkcs11 {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires dev.mvm.linux;

    exports dev.mvm.crypto.pkcs11 to
            dev.mvm.crypto.sign,
            dev.mvm.keyd;
}
