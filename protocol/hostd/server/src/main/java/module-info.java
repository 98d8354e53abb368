/// The agent's operations on root, and their frames.
module dev.mvm.protocol.hostd {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires transitive dev.mvm.model;

    exports dev.mvm.protocol.hostd;
}
