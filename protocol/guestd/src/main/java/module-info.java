/// What hostd and the process that reads guests' frames for it say to each other: root's half.
module dev.mvm.protocol.guestd {
    requires static transitive org.jspecify;
    requires transitive dev.mvm.model;

    exports dev.mvm.protocol.guestd;
}
