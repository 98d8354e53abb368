/// QEMU as hostd's engine, for development only: real guests where Firecracker has no KVM.
module dev.mvm.hostd.qemu {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires dev.mvm.hostd;
    requires dev.mvm.linux;
    requires dev.mvm.protocol.qmp;

    provides dev.mvm.hostd.engine.EngineProvider with
            dev.mvm.hostd.qemu.QemuEngineProvider;
}
