/// The protocol between the host and the agent inside a microVM, and the host's end of it.
module dev.mvm.protocol.guest {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires transitive dev.mvm.model;

    exports dev.mvm.protocol.guest;
}
