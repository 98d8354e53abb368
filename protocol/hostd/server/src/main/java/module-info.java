/// What the agent may ask of root, and the frames it asks in.
module dev.mvm.protocol.hostd {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires transitive dev.mvm.model;

    exports dev.mvm.protocol.hostd;
}
