/// How a program is run in a guest: what is said on its stream, and the agent's end of that. Root does not load this.
module dev.mvm.protocol.guest.exec {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires transitive dev.mvm.model;

    exports dev.mvm.protocol.guest.exec;
}
