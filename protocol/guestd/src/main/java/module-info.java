/// The protocol between hostd and guestd, the process that reads guests' frames for hostd: root's half.
module dev.mvm.protocol.guestd {
    requires static transitive org.jspecify;
    requires transitive dev.mvm.model;

    exports dev.mvm.protocol.guestd;
}
