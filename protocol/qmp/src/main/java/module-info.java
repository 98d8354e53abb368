/// The part of QEMU's machine protocol (QMP) that dev mode needs, as a closed set of typed commands. The bytes
/// travel over whatever the caller opens.
module dev.mvm.protocol.qmp {
    requires static transitive org.jspecify;
    requires static transitive com.google.errorprone.annotations;
    requires transitive dev.mvm.json;

    exports dev.mvm.protocol.qmp;
}
