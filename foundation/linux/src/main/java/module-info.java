/// Linux for hostd and the processes beside it: typed system calls and bindings of system libraries. The only module
/// that calls native code, and [dev.mvm.linux.call] is the only package of it that does. Four modules of keys, one of
/// guests' memory and one of the network, none of which hostd loads, call through it.
///
/// Blocking calls block the thread in the kernel and are not ended by an interrupt: use platform threads, and
/// `shutdown` or a [dev.mvm.linux.fd.WakeUp] to get one out again. On a virtual thread they would pin its carrier.
@SuppressWarnings("module") // the modules named below are built after this one
module dev.mvm.linux {
    requires static transitive org.jspecify;
    requires static transitive com.google.errorprone.annotations;

    exports dev.mvm.linux.call to
            dev.mvm.crypto.aead,
            dev.mvm.network,
            dev.mvm.sealer.paging,
            dev.mvm.crypto.pkcs11,
            dev.mvm.crypto.tenantkeys,
            dev.mvm.crypto.sign;
    exports dev.mvm.linux.cryptsetup to
            dev.mvm.hostd;
    exports dev.mvm.linux.errno;
    exports dev.mvm.linux.fd to
            dev.mvm.guestd,
            dev.mvm.hostd,
            dev.mvm.hostd.qemu,
            dev.mvm.netd,
            dev.mvm.network,
            dev.mvm.sealer.paging,
            dev.mvm.sealer,
            dev.mvm.keyd;
    exports dev.mvm.linux.libcrypto to
            dev.mvm.crypto.aead,
            dev.mvm.hostd,
            dev.mvm.protocol.snapshot,
            dev.mvm.sealer,
            dev.mvm.crypto.tenantkeys,
            dev.mvm.crypto.sign,
            dev.mvm.keyd;
    exports dev.mvm.linux.notify to
            dev.mvm.guestd,
            dev.mvm.hostd,
            dev.mvm.netd,
            dev.mvm.sealer,
            dev.mvm.keyd;
    exports dev.mvm.linux.process to
            dev.mvm.guestd,
            dev.mvm.hostd,
            dev.mvm.hostd.qemu,
            dev.mvm.netd,
            dev.mvm.sealer,
            dev.mvm.keyd;
    exports dev.mvm.linux.secret to
            dev.mvm.crypto.aead,
            dev.mvm.crypto.sign,
            dev.mvm.hostd,
            dev.mvm.protocol.snapshot,
            dev.mvm.sealer,
            dev.mvm.keyd,
            dev.mvm.crypto.tenantkeys,
            dev.mvm.crypto.pkcs11;
    exports dev.mvm.linux.seccomp to
            dev.mvm.guestd,
            dev.mvm.hostd,
            dev.mvm.netd,
            dev.mvm.sealer,
            dev.mvm.keyd;
    exports dev.mvm.linux.socket to
            dev.mvm.guestd,
            dev.mvm.hostd,
            dev.mvm.hostd.qemu,
            dev.mvm.netd,
            dev.mvm.sealer,
            dev.mvm.keyd;
}
