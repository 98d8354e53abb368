/// The root process: verifies documents, permits what the signed state entails, and performs one closed list
/// of operations. It executes no program, has no network, and no capability.
@SuppressWarnings("module") // the module named below is built after this one
module dev.mvm.hostd {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires transitive dev.mvm.model;
    requires dev.mvm.json;
    requires transitive dev.mvm.linux;
    requires dev.mvm.crypto.verify;
    requires transitive dev.mvm.protocol.trust;
    requires dev.mvm.protocol.hostd;
    requires dev.mvm.protocol.keyd.node;
    requires transitive dev.mvm.protocol.launch;
    requires transitive dev.mvm.protocol.guestd;
    requires dev.mvm.protocol.netd;
    requires transitive dev.mvm.protocol.sealer;

    uses dev.mvm.hostd.engine.EngineProvider;

    // the engine of dev mode is no part of what runs in production
    exports dev.mvm.hostd.engine to
            dev.mvm.hostd.qemu;
    exports dev.mvm.hostd.host to
            dev.mvm.hostd.qemu;
}
