/// Programs in a guest: the messages of their streams, and the agent's end. Root does not load this module.
module dev.mvm.protocol.guest.exec {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires transitive dev.mvm.model;

    exports dev.mvm.protocol.guest.exec;
}
